//! A zip archive as torch writes it, apart from the crate's own reader.

/// One part.
#[derive(Clone)]
pub struct Part {
    pub name: String,
    pub bytes: Vec<u8>,
    /// 0 stored, 8 deflated.
    pub method: u16,
}

impl Part {
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.to_vec(),
            method: 0,
        }
    }
}

/// Whether sizes are written in 32 bits or all in zip64.
#[derive(Clone, Copy, PartialEq)]
pub enum Sizes {
    Short,
    Long,
}

/// The file. Each part's data begin at a multiple of 64, as torch pads them.
pub fn zip(parts: &[Part], sizes: Sizes) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let header = file.len();
        let data = header + 30 + part.name.len() + 4;
        let padding = data.next_multiple_of(64) - data;
        let crc = crc32fast::hash(&part.bytes);
        let bytes = part.bytes.len();
        file.extend(b"PK\x03\x04\0\0\0\0");
        file.extend(part.method.to_le_bytes());
        file.extend([0; 4]);
        file.extend(crc.to_le_bytes());
        // Readers go by the directory; a stream's writer leaves these empty.
        file.extend([0; 8]);
        file.extend((part.name.len() as u16).to_le_bytes());
        file.extend((padding as u16 + 4).to_le_bytes());
        file.extend(part.name.as_bytes());
        file.extend(b"FB");
        file.extend((padding as u16).to_le_bytes());
        file.resize(file.len() + padding, b'Z');
        file.extend(&part.bytes);

        let long = match sizes {
            Sizes::Short => Vec::new(),
            Sizes::Long => [
                &b"\x01\0\x18\0"[..],
                &(bytes as u64).to_le_bytes(),
                &(bytes as u64).to_le_bytes(),
                &(header as u64).to_le_bytes(),
            ]
            .concat(),
        };
        let short = |number: usize| match sizes {
            Sizes::Short => number as u32,
            Sizes::Long => u32::MAX,
        };
        directory.extend(b"PK\x01\x02\0\0\0\0\0\0");
        directory.extend(part.method.to_le_bytes());
        directory.extend([0; 4]);
        directory.extend(crc.to_le_bytes());
        directory.extend(short(bytes).to_le_bytes());
        directory.extend(short(bytes).to_le_bytes());
        directory.extend((part.name.len() as u16).to_le_bytes());
        directory.extend((long.len() as u16).to_le_bytes());
        directory.extend([0; 10]);
        directory.extend(short(header).to_le_bytes());
        directory.extend(part.name.as_bytes());
        directory.extend(long);
    }
    let start = file.len();
    file.extend(&directory);
    let mut count = parts.len() as u16;
    let (mut bytes, mut offset) = (directory.len() as u32, start as u32);
    if sizes == Sizes::Long {
        let record = file.len() as u64;
        file.extend(b"PK\x06\x06");
        file.extend(44_u64.to_le_bytes());
        file.extend([0; 12]);
        for number in [parts.len(), parts.len(), directory.len(), start] {
            file.extend((number as u64).to_le_bytes());
        }
        file.extend(b"PK\x06\x07\0\0\0\0");
        file.extend(record.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        (count, bytes, offset) = (u16::MAX, u32::MAX, u32::MAX);
    }
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(bytes.to_le_bytes());
    file.extend(offset.to_le_bytes());
    file.extend([0; 2]);
    file
}
