//! Encoders of compressed pixels, as short as the standards allow.

/// Encodes numbers row by row, of rows so wide.
type Encode = fn(&[u16], usize) -> Vec<u8>;

/// Transfer syntaxes and what writes them.
pub(crate) const CODECS: [(&str, Encode); 3] = [
    ("1.2.840.10008.1.2.5", rle),
    ("1.2.840.10008.1.2.4.70", jpeg),
    ("1.2.840.10008.1.2.4.57", jpeg),
];

/// Run lengths of 16-bit numbers: literals alone, as the standard allows.
fn rle(pixels: &[u16], _: usize) -> Vec<u8> {
    let segment = |byte: fn(u16) -> u8| {
        let bytes: Vec<u8> = pixels.iter().map(|p| byte(*p)).collect();
        let runs = bytes.chunks(100).flat_map(|run| {
            let mut out = vec![run.len() as u8 - 1];
            out.extend(run);
            out
        });
        let mut out: Vec<u8> = runs.collect();
        out.resize(out.len().next_multiple_of(2), 0x80);
        out
    };
    let high = segment(|p| (p >> 8) as u8);
    let low = segment(|p| p as u8);
    let mut header = vec![2, 64, 64 + high.len() as u32];
    header.resize(16, 0);
    let mut out: Vec<u8> = header.iter().flat_map(|n: &u32| n.to_le_bytes()).collect();
    out.extend(high);
    out.extend(low);
    out
}

/// Lossless JPEG of 16 bits, each pixel predicted from its left neighbour; one code of five bits for each of
/// the 17 lengths of a difference.
pub(crate) fn jpeg(pixels: &[u16], width: usize) -> Vec<u8> {
    let height = pixels.len() / width;
    let mut bits = String::new();
    for (at, pixel) in pixels.iter().enumerate() {
        let predicted = match (at % width, at / width) {
            (0, 0) => 1 << 15,
            (0, _) => pixels[at - width],
            _ => pixels[at - 1],
        };
        let difference = i32::from(pixel.wrapping_sub(predicted) as i16);
        let length = 32 - difference.unsigned_abs().leading_zeros();
        bits.push_str(&format!("{length:05b}"));
        if (1..16).contains(&length) {
            let lifted = if difference < 0 {
                difference + (1 << length) - 1
            } else {
                difference
            };
            bits.push_str(&format!("{lifted:0width$b}", width = length as usize));
        }
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    let segment = |mark: u8, content: &[u8]| {
        let length = (content.len() as u16 + 2).to_be_bytes();
        [&[0xff, mark], length.as_slice(), content].concat()
    };
    let size = [height as u16, width as u16].map(u16::to_be_bytes).concat();
    let mut table = vec![0];
    table.extend([0, 0, 0, 0, 17]);
    table.extend([0; 11]);
    table.extend(0..17);
    let mut out = vec![0xff, 0xd8];
    out.extend(segment(
        0xc3,
        &[&[16], size.as_slice(), &[1, 1, 0x11, 0]].concat(),
    ));
    out.extend(segment(0xc4, &table));
    out.extend(segment(0xda, &[1, 1, 0, 1, 0, 0]));
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0, |n, bit| n << 1 | (bit - b'0'));
        out.push(byte);
        if byte == 0xff {
            out.push(0);
        }
    }
    out.extend([0xff, 0xd9]);
    out
}
