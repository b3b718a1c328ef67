//! What *Image Type* says: original or derived, magnitude or phase, localiser or mosaic.

use serde::{Deserialize, Serialize};

/// How an image came about that was not acquired as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Derived {
    /// Cut anew out of another series (MPR), or projected (MIP).
    Reformat,
    /// Computed: a diffusion or perfusion map, a difference, a fit.
    Map,
    /// Phase, real or imaginary part of a signal.
    Phase,
    /// Some other way, most often filtered or corrected.
    Other,
}

/// What an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) derived: Option<Derived>,
    pub(super) localiser: bool,
    pub(super) mosaic: bool,
}

const REFORMATS: [&str; 11] = [
    "MPR",
    "MPR_RECON",
    "REFORMATTED",
    "MIP",
    "MINIP",
    "MNIP",
    "PROJECTION IMAGE",
    "MAX_IP",
    "MIN_IP",
    "CURVED",
    "VOLREN",
];
const MAPS: [&str; 27] = [
    "ADC",
    "EADC",
    "ADC_MAP",
    "FA",
    "TENSOR",
    "TRACEW",
    "TRACE",
    "CBF",
    "CBV",
    "RCBF",
    "RCBV",
    "MTT",
    "TTP",
    "TMAX",
    "PERFUSION",
    "ASL",
    "SUB",
    "SUBTRACT",
    "SUBTRACTION",
    "T1 MAP",
    "T2 MAP",
    "T1_MAP",
    "T2_MAP",
    "T2_STAR MAP",
    "T2* MAP",
    "MEAN",
    "DIFFUSION_ANISO",
];
const PHASES: [&str; 6] = ["P", "PHASE", "R", "REAL", "I", "IMAGINARY"];

/// By the values of *Image Type*, in capitals.
pub(super) fn kind(image_type: &[String]) -> Kind {
    let any = |names: &[&str]| {
        image_type
            .iter()
            .any(|value| names.contains(&value.as_str()))
    };
    // Letters mean something only from the third value on.
    let later = |names: &[&str]| {
        let mut values = image_type.iter().skip(2);
        values.any(|value| names.contains(&value.as_str()))
    };
    let derived = if any(&REFORMATS) {
        Some(Derived::Reformat)
    } else if later(&MAPS) {
        Some(Derived::Map)
    } else if later(&PHASES) {
        Some(Derived::Phase)
    } else if image_type.first().is_some_and(|value| value == "DERIVED") {
        Some(Derived::Other)
    } else {
        None
    };
    Kind {
        derived,
        localiser: any(&["LOCALIZER", "LOCALISER", "SCOUT", "SURVEY"]),
        mosaic: any(&["MOSAIC"]),
    }
}

/// Words by which people call a localiser.
const LOCALISERS: [&str; 18] = [
    "LOC",
    "LOCA",
    "LOCALIZER",
    "LOCALISER",
    "LOKALIZER",
    "LOCALIZADOR",
    "LOCALISATEUR",
    "LOKALISER",
    "SCOUT",
    "AAHSCOUT",
    "AASCOUT",
    "AAHEAD",
    "SURVEY",
    "PILOT",
    "TOPOGRAM",
    "3PLANE",
    "3PL",
    "REPERAGE",
];

/// Whether a description calls a series a localiser.
pub(super) fn is_called_localiser(description: &str) -> bool {
    let capitals = description.to_uppercase();
    let mut words = capitals.split(|c: char| !c.is_alphanumeric());
    words.any(|word| LOCALISERS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Kind {
        kind(&text.split('\\').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn image_type_tells_originals_from_reformats_maps_and_phases() {
        assert_eq!(of(r"ORIGINAL\PRIMARY\M\NORM").derived, None);
        assert_eq!(
            of(r"DERIVED\SECONDARY\MPR").derived,
            Some(Derived::Reformat)
        );
        assert_eq!(
            of(r"DERIVED\PRIMARY\DIFFUSION\ADC\ND").derived,
            Some(Derived::Map)
        );
        assert_eq!(of(r"ORIGINAL\PRIMARY\P\ND").derived, Some(Derived::Phase));
        assert_eq!(of(r"DERIVED\PRIMARY\M\DIS2D").derived, Some(Derived::Other));
        assert!(of(r"ORIGINAL\PRIMARY\LOCALIZER").localiser);
        assert!(of(r"ORIGINAL\PRIMARY\M\ND\MOSAIC").mosaic);
    }

    #[test]
    fn descriptions_call_localisers_by_many_names() {
        for name in ["3-PLANE LOC", "Localizer_head", "AAHScout", "SURVEY"] {
            assert!(is_called_localiser(name), "{name}");
        }
        for name in ["t1_mprage_tra_km", "local shim flair", ""] {
            assert!(!is_called_localiser(name), "{name}");
        }
    }
}
