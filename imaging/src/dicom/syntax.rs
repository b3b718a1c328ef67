//! Transfer syntaxes: how a data set is written down, and how its pixels are.

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// With their type, least significant byte first.
    Explicit,
    /// Without their type.
    Implicit,
    /// With their type, most significant byte first.
    BigEndian,
}

/// How pixels are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// Number after number.
    Native,
    /// DICOM's run lengths.
    Rle,
    /// JPEG of 8 or 12 bits, or lossless (processes 1, 2, 4 and 14).
    Jpeg,
    /// JPEG 2000, lossless or not, its high-throughput kind aside.
    Jpeg2000,
    /// What nothing here decodes, by its name.
    Unknown(&'static str),
}

/// A transfer syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    pub(super) grammar: Grammar,
    pub(super) codec: Codec,
    /// Whether all behind the file's meta group is deflated.
    pub(super) deflated: bool,
}

impl Syntax {
    /// As old exports without a meta group are written.
    pub(super) const fn plain(grammar: Grammar) -> Self {
        Self {
            grammar,
            codec: Codec::Native,
            deflated: false,
        }
    }

    /// The one of that UID. Whatever is newer than this list is explicit and little-endian.
    pub(super) fn of(uid: &str) -> Self {
        let rest = uid.strip_prefix("1.2.840.10008.1.2").unwrap_or(".?");
        let grammar = match rest {
            "" => Grammar::Implicit,
            ".2" => Grammar::BigEndian,
            _ => Grammar::Explicit,
        };
        let codec = match rest {
            "" | ".1" | ".1.99" | ".1.98" | ".2" => Codec::Native,
            ".5" => Codec::Rle,
            ".4.50" | ".4.51" | ".4.57" | ".4.70" => Codec::Jpeg,
            ".4.90" | ".4.91" => Codec::Jpeg2000,
            ".4.80" | ".4.81" => Codec::Unknown("JPEG-LS"),
            ".4.92" | ".4.93" => Codec::Unknown("JPEG 2000 of several components"),
            ".4.110" | ".4.111" | ".4.112" => Codec::Unknown("JPEG XL"),
            ".4.201" | ".4.202" | ".4.203" => Codec::Unknown("High-Throughput JPEG 2000"),
            ".4.94" | ".4.95" | ".4.204" | ".4.205" => {
                Codec::Unknown("pixels that lie on a server (JPIP)")
            }
            ".4.100" | ".4.101" | ".4.102" | ".4.103" | ".4.104" | ".4.105" | ".4.106"
            | ".4.100.1" | ".4.101.1" | ".4.102.1" | ".4.103.1" | ".4.104.1" | ".4.105.1"
            | ".4.106.1" => Codec::Unknown("a film (MPEG)"),
            ".4.107" | ".4.108" => Codec::Unknown("a film (HEVC)"),
            _ => Codec::Unknown("a compression that is not known here"),
        };
        Self {
            grammar,
            codec,
            deflated: rest == ".1.99",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_says_grammar_and_codec() {
        let of = |rest: &str| Syntax::of(&format!("1.2.840.10008.1.2{rest}"));
        assert_eq!(of(""), Syntax::plain(Grammar::Implicit));
        assert_eq!(of(".1"), Syntax::plain(Grammar::Explicit));
        assert_eq!(of(".2"), Syntax::plain(Grammar::BigEndian));
        assert!(of(".1.99").deflated);
        assert_eq!(of(".4.70").codec, Codec::Jpeg);
        assert_eq!(of(".4.80").codec, Codec::Unknown("JPEG-LS"));
        assert!(matches!(Syntax::of("1.2.3").codec, Codec::Unknown(_)));
    }
}
