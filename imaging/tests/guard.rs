//! Headers that ask for what cannot be, and files that do not hold what they promise.

mod support;

use imaging::{ImagingError, nifti};
use support::{File, gzip};

fn refusal(file: &File) -> ImagingError {
    nifti::read(&file.bytes()).expect_err("a spoilt file")
}

fn with_dim(dim: &[i64]) -> File {
    let mut file = File::small();
    file.dim = dim.to_vec();
    file
}

#[test]
fn trailing_singleton_axes_are_accepted_even_as_zero() {
    for dim in [
        &[3, 3, 4, 5][..],
        &[4, 3, 4, 5, 1],
        &[5, 3, 4, 5, 1, 1],
        &[7, 3, 4, 5, 1, 1, 1, 1],
        &[4, 3, 4, 5, 0],
    ] {
        let series = nifti::read(&with_dim(dim).bytes()).expect("valid");
        assert_eq!(series.volume.grid.dims, [3, 4, 5], "{dim:?}");
    }
    // Axes beyond the count mean nothing, whatever they hold.
    let series = nifti::read(&with_dim(&[2, 12, 5, -9, 77]).bytes()).expect("valid");
    assert_eq!(series.volume.grid.dims, [12, 5, 1]);
}

#[test]
fn several_volumes_are_refused_with_their_number() {
    for (dim, volumes) in [
        (&[4, 3, 4, 1, 5][..], 5),
        (&[5, 3, 4, 1, 1, 3], 3),
        (&[5, 3, 2, 1, 2, 5], 10),
    ] {
        match refusal(&with_dim(dim)) {
            ImagingError::SeveralVolumes { volumes: found, .. } => assert_eq!(found, volumes),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn axis_counts_and_sizes_that_cannot_be_are_refused_by_field() {
    for (dim, field) in [
        (&[0, 3, 4, 5][..], "dim[0] is 0"),
        (&[8, 3, 4, 5], "dim[0] is 8"),
        (&[-1, 3, 4, 5], "dim[0] is -1"),
        (&[3, 0, 4, 5], "dim[1] is 0"),
        (&[3, 3, -4, 5], "dim[2] is -4"),
        (&[4, 3, 4, 5, -1], "dim[4] is -1"),
    ] {
        for version in [1, 2] {
            let mut file = with_dim(dim);
            if version == 2 {
                file = file.version_2();
            }
            let error = refusal(&file).to_string();
            assert!(error.contains(field), "{error}");
        }
    }
}

#[test]
fn volumes_beyond_the_limits_are_refused_before_anything_is_reserved() {
    for dim in [
        &[3, 32_768, 1, 1][..],
        &[3, 32_767, 32_767, 2],
        // 2^60 voxels, and products that overflow.
        &[3, 1 << 20, 1 << 20, 1 << 20],
        &[3, i64::MAX, i64::MAX, i64::MAX],
        &[3, 1 << 32, 1 << 32, 1],
    ] {
        let mut file = with_dim(dim);
        if dim.iter().any(|n| *n > 32767) {
            file = file.version_2();
        }
        let error = refusal(&file);
        assert!(matches!(error, ImagingError::TooLarge { .. }), "{error}");
    }
    // Within the limit of each axis, and of the product: refused only because the bytes are missing.
    for dim in [
        &[3, 512, 512, 512],
        &[3, 640, 640, 640],
        &[3, 32_767, 1, 1],
        &[3, 32_767, 32_767, 1],
    ] {
        let bytes = with_dim(dim).bytes();
        for bytes in [gzip(&bytes), bytes] {
            let error = nifti::read(&bytes).expect_err("60 bytes are no 134 million");
            assert!(matches!(error, ImagingError::Truncated { .. }), "{error}");
        }
    }
    let many = File {
        dim: vec![7, 512, 512, 512, 1 << 40, 1 << 40, 1 << 40, 1 << 40],
        ..File::small().version_2()
    };
    assert!(matches!(
        refusal(&many),
        ImagingError::SeveralVolumes { .. }
    ));
}

#[test]
fn a_matrix_of_640_is_read() {
    let mut file = with_dim(&[3, 640, 640, 31]);
    file.image = (0..640 * 640 * 31).map(|i| (i / 640) as u8).collect();
    let series = nifti::read(&gzip(&file.bytes())).expect("valid");
    assert_eq!(series.info.dims, [640, 640, 31]);
    assert_eq!(series.volume.data[640 * 639], 127.0);
    let long = with_dim(&[3, 20_000, 1, 1]);
    let long = File {
        image: vec![1; 20_000],
        ..long
    };
    assert_eq!(
        nifti::read(&long.bytes()).expect("valid").info.dims,
        [20_000, 1, 1]
    );
}

#[test]
fn a_glance_at_the_beginning_tells_the_size_of_the_whole() {
    let mut file = with_dim(&[3, 320, 320, 31]);
    file.datatype = 4;
    // Noise, so that the beginning of the stream is no more than that.
    let mut random = support::Random(5);
    file.image = (0..2 * 320 * 320 * 31)
        .map(|_| random.next() as u8)
        .collect();
    let outline = nifti::Outline {
        dims: [320, 320, 31],
        image_bytes: 2 * 320 * 320 * 31,
    };
    for file in [file.clone(), file.clone().big_endian(), file.version_2()] {
        let bytes = file.bytes();
        for bytes in [gzip(&bytes), bytes] {
            assert_eq!(nifti::peek(&bytes[..nifti::PEEK_BYTES]), Ok(outline));
            assert_eq!(nifti::peek(&bytes[..1024]), Ok(outline));
            assert_eq!(nifti::peek(&bytes), Ok(outline));
            assert!(nifti::peek(&bytes[..100]).is_err());
        }
    }
    // A bomb of a header costs nothing either: nobody asks for what it promises.
    let mut huge = with_dim(&[3, 1200, 1200, 1200]);
    huge.datatype = 64;
    let bytes = gzip(&huge.bytes());
    assert_eq!(
        nifti::peek(&bytes).map(|o| o.image_bytes),
        Ok(8 * 1_728_000_000)
    );
}

#[test]
fn offsets_that_cannot_be_are_refused() {
    for offset in [f64::NAN, f64::INFINITY, -1.0, 352.5, 1e30] {
        let mut file = File::small();
        file.vox_offset = offset;
        let error = refusal(&file).to_string();
        assert!(error.contains("vox_offset"), "{error}");
    }
    let mut file = File::small();
    file.vox_offset = 100_000.0;
    assert!(matches!(refusal(&file), ImagingError::Truncated { .. }));
    let gz = gzip(&file.bytes());
    assert!(matches!(
        nifti::read(&gz),
        Err(ImagingError::Truncated { .. })
    ));
    let mut file = File::small().version_2();
    file.vox_offset = -16.0;
    assert!(refusal(&file).to_string().contains("vox_offset"));
}

#[test]
fn an_offset_within_the_header_means_the_headers_end() {
    for offset in [0.0, 16.0, 348.0] {
        let mut file = File::small();
        file.vox_offset = offset;
        assert_eq!(
            nifti::read(&file.bytes()).expect("valid").volume.data[59],
            59.0
        );
        let mut file = file.version_2();
        file.vox_offset = offset;
        assert_eq!(
            nifti::read(&file.bytes()).expect("valid").volume.data[59],
            59.0
        );
    }
}

#[test]
fn every_truncation_is_an_error_and_says_how_much_is_there() {
    for file in [File::small(), File::small().version_2()] {
        let whole = file.bytes();
        for length in 0..whole.len() {
            assert!(nifti::read(&whole[..length]).is_err(), "{length}");
        }
        let error = nifti::read(&whole[..whole.len() - 13]).expect_err("short");
        assert_eq!(
            error,
            ImagingError::Truncated {
                part: "image",
                found: 47,
                expected: 60
            }
        );
        let gz = gzip(&whole);
        for length in 0..gz.len() {
            assert!(nifti::read(&gz[..length]).is_err(), "{length}");
        }
    }
}

#[test]
fn a_bomb_is_inflated_no_further_than_its_checksum_is_worth() {
    let mut content = File::small().bytes();
    content.resize(200 << 20, 0);
    let mut bomb = gzip(&content);
    // Whoever inflated more than 64 MiB beyond the 60 voxels would stumble over this.
    let at = bomb.len() / 2;
    bomb[at..].fill(0xff);
    let series = nifti::read(&bomb).expect("the volume itself is whole");
    assert_eq!(series.volume.data.len(), 60);
    // The same stream with a header that asks for more of it does stumble.
    let asks = File {
        dim: vec![3, 400, 400, 400],
        ..File::small()
    };
    let mut content = asks.bytes();
    content.resize(65 << 20, 0);
    let mut bomb = gzip(&content);
    bomb[4096..].fill(0xff);
    assert!(nifti::read(&bomb).is_err());
}

#[test]
fn a_damaged_stream_is_refused_even_where_it_is_longer_than_the_image() {
    let whole = |file: &File, more: usize| {
        let mut content = file.bytes();
        content.extend((0..more).map(|i| (i * i / 7) as u8));
        gzip(&content)
    };
    for more in [0, 1, 4, 5_000, 1_000_000] {
        let file = whole(&File::small(), more);
        nifti::read(&file).expect("undamaged");
        // Checksum, length, and a byte in the stream's second half.
        for at in [file.len() - 8, file.len() - 4, file.len() * 3 / 4] {
            let mut damaged = file.clone();
            damaged[at] ^= 0x10;
            let error = nifti::read(&damaged).expect_err("damaged");
            assert!(
                matches!(
                    error,
                    ImagingError::Gzip { .. } | ImagingError::Truncated { .. }
                ),
                "{more} {at}: {error}"
            );
        }
        assert!(nifti::read(&file[..file.len() - 1]).is_err(), "{more}");
    }
}

#[test]
fn rubbish_behind_a_stream_and_members_that_join_are_read() {
    let bytes = File::small().bytes();
    let mut file = gzip(&bytes);
    file.extend((0..1024).map(|i| 2 + (i * 7 % 28) as u8));
    assert_eq!(nifti::read(&file).expect("valid").volume.data[59], 59.0);
    for cut in [100, 348, 360, bytes.len()] {
        let mut file = gzip(&bytes[..cut]);
        file.extend(gzip(&bytes[cut..]));
        assert_eq!(nifti::read(&file).expect("valid").volume.data[59], 59.0);
        let at = file.len() - 8;
        file[at] ^= 1;
        assert!(nifti::read(&file).is_err(), "the second member's checksum");
    }
}

#[test]
fn analyze_without_magic_is_told_apart() {
    let mut bytes = File::small().bytes();
    bytes[344..348].fill(0);
    let error = nifti::read(&bytes).expect_err("no magic");
    assert!(error.to_string().contains("ANALYZE 7.5"), "{error}");
    assert_eq!(nifti::kind(&bytes), nifti::Kind::Analyze);
}

#[test]
fn a_damaged_magic_of_nifti_2_is_named() {
    let mut bytes = File::small().version_2().bytes();
    bytes[8] = b'\n';
    let error = nifti::read(&bytes).expect_err("line ends were changed on the way");
    assert!(error.to_string().contains("magic"), "{error}");
}

#[test]
fn extensions_are_skipped_by_the_offset() {
    let mut file = File::small();
    file.between = vec![1, 0, 0, 0];
    file.between.extend([0x5a; 48]);
    file.vox_offset = 400.0;
    let series = nifti::read(&file.bytes()).expect("valid");
    assert_eq!(series.volume.data[..3], [0.0, 1.0, 2.0]);
}
