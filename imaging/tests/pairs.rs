//! Pairs of .hdr and .img, and gzip wherever it may stand.

mod support;

use imaging::{ImagingError, nifti};
use support::{File, gzip};

fn pair() -> File {
    let mut file = File::small();
    file.pair = true;
    file.vox_offset = 0.0;
    file
}

#[test]
fn a_pair_reads_in_every_mix_of_gzip_and_version() {
    let expected = nifti::read(&File::small().bytes()).expect("valid").volume;
    let mut second = pair().version_2();
    second.vox_offset = 0.0;
    for file in [pair(), pair().big_endian(), second] {
        let header = file.header();
        for header in [header.clone(), gzip(&header)] {
            for image in [file.image.clone(), gzip(&file.image)] {
                let series = nifti::read_pair(&header, &image).expect("valid");
                assert_eq!(series.volume, expected);
            }
        }
    }
}

#[test]
fn a_damaged_stream_of_either_half_is_refused() {
    let file = pair();
    let halves = [gzip(&file.header()), gzip(&file.image)];
    for half in 0..2 {
        let mut damaged = halves.clone();
        let at = damaged[half].len() - 6;
        damaged[half][at] ^= 1;
        let error = nifti::read_pair(&damaged[0], &damaged[1]).expect_err("a wrong checksum");
        assert!(matches!(error, ImagingError::Gzip { .. }), "{error}");
    }
}

#[test]
fn the_offset_of_a_pair_counts_from_the_images_start() {
    let mut file = pair();
    file.vox_offset = 16.0;
    let mut image = vec![0xee; 16];
    image.extend(&file.image);
    let series = nifti::read_pair(&file.header(), &image).expect("valid");
    assert_eq!(series.volume.data[..3], [0.0, 1.0, 2.0]);
}

#[test]
fn halves_that_do_not_fit_are_refused() {
    let file = pair();
    let alone = nifti::read(&file.header()).expect_err("no image");
    assert_eq!(alone, ImagingError::LoneHeader);
    let single = File::small();
    let error = nifti::read_pair(&single.header(), &single.image).expect_err("single");
    assert_eq!(error, ImagingError::NotAPair);
    let short = nifti::read_pair(&file.header(), &file.image[..59]).expect_err("short");
    assert!(matches!(
        short,
        ImagingError::Truncated {
            found: 59,
            expected: 60,
            ..
        }
    ));
    let swapped = nifti::read_pair(&file.image, &file.header()).expect_err("swapped");
    assert!(
        matches!(swapped, ImagingError::NotNifti { .. }),
        "{swapped}"
    );
}

#[test]
fn kinds_are_told_by_content_plain_or_gzip() {
    use nifti::Kind;
    let single = File::small().bytes();
    assert_eq!(nifti::kind(&single), Kind::Single);
    assert_eq!(nifti::kind(&gzip(&single)), Kind::Single);
    assert_eq!(nifti::kind(&pair().header()), Kind::PairHeader);
    assert_eq!(
        nifti::kind(&gzip(&pair().version_2().header())),
        Kind::PairHeader
    );
    assert!(matches!(nifti::kind(&pair().image), Kind::Other(_)));
    let Kind::Other(words) = nifti::kind(&gzip(b"no scan, just words\n")) else {
        panic!("words are no scan");
    };
    assert_eq!(words, "gzip of plain text");
}

#[test]
fn a_gzip_file_may_have_members_cut_anywhere() {
    let whole = File::small().bytes();
    let expected = nifti::read(&whole).expect("valid").volume;
    for cut in [1, 4, 347, 348, 350, 352, 353, whole.len() - 1] {
        let mut file = gzip(&whole[..cut]);
        file.extend(gzip(&whole[cut..]));
        let series = nifti::read(&file).expect("valid");
        assert_eq!(series.volume, expected, "{cut}");
    }
    let many: Vec<u8> = whole.iter().flat_map(|b| gzip(&[*b])).collect();
    assert_eq!(nifti::read(&many).expect("valid").volume, expected);
}

#[test]
fn a_damaged_gzip_stream_is_an_error() {
    let mut file = gzip(&File::small().bytes());
    let at = file.len() - 6;
    file[at] ^= 0x10;
    let error = nifti::read(&file).expect_err("checksum");
    assert!(matches!(error, ImagingError::Gzip { .. }), "{error}");
}
