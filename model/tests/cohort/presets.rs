//! Each collection's layout, as a tree of empty files with its names.

use std::path::Path;

use imaging::{Affine, Grid, Volume, nifti};
use mts_unet::cohort::{CaseRow, Preset, SegScheme};
use tempfile::TempDir;

/// A folder with empty files, and some with text.
fn tree(files: &[&str], texts: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let empty = files.iter().map(|path| (*path, ""));
    for (path, text) in empty.chain(texts.iter().copied()) {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

/// A row in one line: case, patient, cohort, files below `root`, scheme, labels.
fn line(row: &CaseRow, root: &Path) -> String {
    let root = root.canonicalize().unwrap();
    let file = |path: &Path| {
        let below = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        below
            .rsplit_once('/')
            .map_or(below.clone(), |(_, name)| name.to_owned())
    };
    let scans: Vec<_> = row
        .sequences
        .iter()
        .map(|path| path.as_deref().map_or("-".into(), file))
        .collect();
    let seg = row.seg.as_ref().map_or("-".into(), |seg| {
        format!("{} {}", file(&seg.path), seg.scheme)
    });
    let flag = |flag: Option<bool>| flag.map_or("-", |f| if f { "1" } else { "0" });
    let grade = row.grade.map_or("-".into(), |g| g.to_string());
    format!(
        "{} | {} | {} | {} | {seg} | {} {} {grade}",
        row.case,
        row.patient,
        row.cohort,
        scans.join(" "),
        flag(row.idh_mutant),
        flag(row.codeleted_1p19q)
    )
}

fn lines(preset: Preset, root: &TempDir) -> Vec<String> {
    let rows = preset.cases(root.path()).unwrap();
    rows.iter().map(|row| line(row, root.path())).collect()
}

#[test]
fn ucsf_pdgm() {
    let case = "UCSF-PDGM-v5/UCSF-PDGM-0004_nifti/UCSF-PDGM-0004";
    let files = [
        "T1",
        "T1_bias",
        "T1c",
        "T1c_bias",
        "T2",
        "T2_bias",
        "FLAIR",
        "FLAIR_bias",
        "DWI",
        "brain_segmentation",
        "tumor_segmentation",
    ]
    .map(|end| format!("{case}_{end}.nii.gz"));
    let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
    files.push("UCSF-PDGM-v5/UCSF-PDGM-0429_FU003d_nifti/UCSF-PDGM-0429_FU003d_FLAIR.nii.gz");
    files.push("UCSF-PDGM-v5/UCSF-PDGM-0007_nifti/UCSF-PDGM-0007_FLAIR.nii.gz");
    let header = "ID,Sex,Age at MRI,WHO CNS Grade,Final pathologic diagnosis (WHO 2021),MGMT status,MGMT index,1p/19q,IDH,1-dead 0-alive,OS,EOR,Biopsy prior to imaging\n";
    let newest = format!(
        "{header}UCSF-PDGM-004,M,66,4,\"Glioblastoma, IDH-wildtype\",negative,0,unknown,wildtype,1,1303,STR,No\n\
         UCSF-PDGM-007,F,70,2,\"Oligodendroglioma, IDH-mutant, 1p/19q-codeleted\",,,co-deletion,IDH2 p.Arg172Trp,0,1,GTR,No\n"
    );
    let root = tree(
        &files,
        &[
            (
                "UCSF-PDGM-metadata_v2.csv",
                "ID,IDH\nUCSF-PDGM-004,IDH1 p.R132H\n",
            ),
            ("UCSF-PDGM-metadata_v5.csv", &newest),
        ],
    );
    let file = |end: &str| format!("UCSF-PDGM-0004_{end}.nii.gz");
    let scans = ["FLAIR", "T1", "T1c", "T2"].map(file).join(" ");
    assert_eq!(
        lines(Preset::UcsfPdgm, &root),
        [
            format!(
                "UCSF-PDGM-0004 | UCSF-PDGM-0004 | UCSF-PDGM | {scans} | {} brats2021 | 0 - 4",
                file("tumor_segmentation")
            ),
            "UCSF-PDGM-0007 | UCSF-PDGM-0007 | UCSF-PDGM | UCSF-PDGM-0007_FLAIR.nii.gz - - - | - | 1 1 2".into(),
        ]
    );
}

#[test]
fn upenn_gbm() {
    let mut files = Vec::new();
    for folder in ["images_structural", "images_structural_unstripped"] {
        for session in [
            "UPENN-GBM-00001_11",
            "UPENN-GBM-00001_21",
            "UPENN-GBM-00002_11",
        ] {
            for sequence in ["FLAIR", "T1", "T1GD", "T2"] {
                let end = if folder.ends_with("unstripped") {
                    "_unstripped"
                } else {
                    ""
                };
                files.push(format!(
                    "UPENN-GBM/NIfTI-files/{folder}/{session}/{session}_{sequence}{end}.nii.gz"
                ));
            }
        }
    }
    let segs = "UPENN-GBM/NIfTI-files";
    files.push(format!("{segs}/images_segm/UPENN-GBM-00001_11_segm.nii.gz"));
    files.push(format!(
        "{segs}/automated_segm/UPENN-GBM-00002_11_automated_approx_segm.nii.gz"
    ));
    files.push(format!(
        "{segs}/images_DTI/UPENN-GBM-00001_11/UPENN-GBM-00001_11_DTI_FA.nii.gz"
    ));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let root = tree(
        &files,
        &[(
            "UPENN-GBM_clinical_info_v2.1.csv",
            "ID,Gender,Age_at_scan_years,IDH1,MGMT\n\
             UPENN-GBM-00001_11,M,66,Mutated,Unmethylated\n\
             UPENN-GBM-00001_21,M,67,Wildtype,\n\
             UPENN-GBM-00002_11,F,50,NOS/NEC,\n",
        )],
    );
    let scans = |id: &str| {
        ["FLAIR", "T1", "T1GD", "T2"]
            .map(|s| format!("UPENN-GBM-{id}_11_{s}.nii.gz"))
            .join(" ")
    };
    assert_eq!(
        lines(Preset::UpennGbm, &root),
        [
            format!(
                "UPENN-GBM-00001_11 | UPENN-GBM-00001 | UPENN-GBM | {} | UPENN-GBM-00001_11_segm.nii.gz brats2021 | 1 - 4",
                scans("00001")
            ),
            format!(
                "UPENN-GBM-00002_11 | UPENN-GBM-00002 | UPENN-GBM | {} | - | - - 4",
                scans("00002")
            ),
        ]
    );
}

#[test]
fn tcga() {
    let stem =
        "Pre-operative_TCGA_GBM_NIfTI_and_Segmentations/TCGA-02-0006/TCGA-02-0006_1996.08.23";
    let files = [
        "flair",
        "t1",
        "t1Gd",
        "t2",
        "GlistrBoost",
        "GlistrBoost_ManuallyCorrected",
    ]
    .map(|end| format!("{stem}_{end}.nii.gz"));
    let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
    files.push("Pre-operative_TCGA_GBM_NIfTI_and_Segmentations/TCGA-02-0009/TCGA-02-0009_1997.06.14_t1Gd.nii.gz");
    files.push("Pre-operative_TCGA_GBM_NIfTI_and_Segmentations/TCGA-02-0009/TCGA-02-0009_1997.06.14_GlistrBoost.nii.gz");
    let root = tree(
        &files,
        &[(
            "labels.csv",
            "patient,idh_mutant,codeleted_1p19q\nTCGA-02-0006,0,0\n",
        )],
    );
    let name = |end: &str| format!("TCGA-02-0006_1996.08.23_{end}.nii.gz");
    let first = format!(
        "TCGA-02-0006 | TCGA-02-0006 | TCGA-GBM | {} | {} brats2021 | 0 0 4",
        ["flair", "t1", "t1Gd", "t2"].map(name).join(" "),
        name("GlistrBoost_ManuallyCorrected")
    );
    let second = "TCGA-02-0009 | TCGA-02-0009 | TCGA-GBM | - - TCGA-02-0009_1997.06.14_t1Gd.nii.gz - | - | - - 4";
    assert_eq!(lines(Preset::TcgaGbm, &root), [first.as_str(), second]);
    let grades = Preset::TcgaLgg.cases(root.path()).unwrap();
    assert!(
        grades
            .iter()
            .all(|row| row.cohort == "TCGA-LGG" && row.grade.is_none())
    );
}

#[test]
fn egd() {
    let root = tree(
        &[
            "EGD/METADATA/Brain_mask.nii.gz",
            "EGD/SUBJECTS/EGD-0001/FLAIR.nii.gz",
            "EGD/SUBJECTS/EGD-0001/T1.nii.gz",
            "EGD/SUBJECTS/EGD-0001/T1GD.nii.gz",
            "EGD/SUBJECTS/EGD-0001/T2.nii.gz",
            "EGD/SUBJECTS/EGD-0001/MASK.nii.gz",
            "EGD/SUBJECTS/EGD-0002/FLAIR.nii.gz",
        ],
        &[
            (
                "EGD/SUBJECTS/EGD-0001/metadata.json",
                r#"{"Genetic_and_Histological_labels": {"IDH": 1, "1p19q": "0", "Grade": 3.0}, "Clinical_data": {"Age": 40}}"#,
            ),
            (
                "EGD/SUBJECTS/EGD-0002/metadata.json",
                r#"{"Genetic_and_Histological_labels": {"IDH": -1, "1p19q": -1, "Grade": -1}}"#,
            ),
        ],
    );
    assert_eq!(
        lines(Preset::Egd, &root),
        [
            "EGD-0001 | EGD-0001 | EGD | FLAIR.nii.gz T1.nii.gz T1GD.nii.gz T2.nii.gz | MASK.nii.gz wt-only | 1 0 3",
            "EGD-0002 | EGD-0002 | EGD | FLAIR.nii.gz - - - | - | - - -",
        ]
    );
}

#[test]
fn ivygap() {
    let sri = "Multi-Institutional Paired Expert Segmentations SRI images-atlas-annotations";
    let images = format!("{sri}/1_Images_SRI/CoRegistered_SkullStripped");
    let files = [
        format!("{images}/W1/W1_1996.10.25/W1_1996.10.25_flair_LPS_r_SS.nii.gz"),
        format!("{images}/W1/W1_1996.10.25/W1_1996.10.25_t1_LPS_r_SS.nii.gz"),
        format!("{images}/W1/W1_1996.10.25/W1_1996.10.25_t1_LPS_r3_SS.nii.gz"),
        format!("{images}/W1/W1_1996.10.25/W1_1996.10.25_t1gd_LPS_N4_r_SS.nii.gz"),
        format!("{images}/W1/W1_1996.10.25/W1_1996.10.25_t2_LPS_r_SS.nii.gz"),
        format!("{images}/W10/W10_1997.04.29/W10_1997.04.29_t2_LPS_r_SS.nii.gz"),
        format!("{sri}/3_Annotations_SRI/UPenn/W1/W1_1996.10.25_UPenn_labels.nii.gz"),
        format!("{sri}/3_Annotations_SRI/CWRU/W10/W10_1997.04.29_CWRU_labels.nii.gz"),
        "Multi-institutional Paired Expert Segmentations MNI images-atlas-annotations/1_Images_MNI/CoRegistered_SkullStripped/W1/W1_1996.10.25_bias_ss_FLAIR.nii.gz".into(),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let root = tree(&files, &[("labels.csv", "patient,IDH\nW10,mutant\n")]);
    assert_eq!(
        lines(Preset::IvyGap, &root),
        [
            "W10_1997.04.29 | W10 | IvyGAP | - - - W10_1997.04.29_t2_LPS_r_SS.nii.gz | - | 1 - 4",
            "W1_1996.10.25 | W1 | IvyGAP | W1_1996.10.25_flair_LPS_r_SS.nii.gz W1_1996.10.25_t1_LPS_r3_SS.nii.gz W1_1996.10.25_t1gd_LPS_N4_r_SS.nii.gz W1_1996.10.25_t2_LPS_r_SS.nii.gz | W1_1996.10.25_UPenn_labels.nii.gz brats2021 | - - 4",
        ]
    );
}

#[test]
fn rhuh_gbm() {
    let mut files = Vec::new();
    for session in 0..3 {
        for end in ["adc", "flair", "t1", "t1ce", "t2"] {
            files.push(format!(
                "RHUH-GBM/RHUH-0001/{session}/RHUH-0001_{session}_{end}.nii.gz"
            ));
        }
    }
    files.push("RHUH-GBM/RHUH-0002/1/RHUH-0002_1_flair.nii.gz".into());
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let root = tree(
        &files,
        &[(
            "clinical_data_TCIA_RHUH-GBM.csv",
            "Patient ID,Age,WHO grade,\"IDH status = (mutant [mut], wild type [wt], NOS)\"\nRHUH-0001,60,4,wt\n",
        )],
    );
    for (enhancing, scheme) in [(3.0, SegScheme::Brats2023), (4.0, SegScheme::Brats2021)] {
        let volume = Volume {
            grid: Grid {
                dims: [4, 1, 1],
                affine: Affine::IDENTITY,
            },
            data: vec![0.0, 1.0, 2.0, enhancing],
        };
        let path = root
            .path()
            .join("RHUH-GBM/RHUH-0001/0/RHUH-0001_0_segmentations.nii.gz");
        std::fs::write(path, nifti::write_volume(&volume, None).unwrap()).unwrap();
        let scans = ["flair", "t1", "t1ce", "t2"].map(|s| format!("RHUH-0001_0_{s}.nii.gz"));
        assert_eq!(
            lines(Preset::RhuhGbm, &root),
            [format!(
                "RHUH-0001 | RHUH-0001 | RHUH-GBM | {} | RHUH-0001_0_segmentations.nii.gz {scheme} | 0 - 4",
                scans.join(" ")
            )]
        );
    }
}

#[test]
fn brats_and_lgg() {
    let root = tree(
        &[
            "BraTS2021_Training_Data/BraTS2021_00003/BraTS2021_00003_flair.nii.gz",
            "BraTS2021_Training_Data/BraTS2021_00003/BraTS2021_00003_seg.nii.gz",
            "two/pat0001/flair.nii.gz",
            "two/pat0001/t1ce.nii.gz",
            "two/pat0001/seg.nii.gz",
            "TCGA-CS-4941/flair.nii.gz",
            "TCGA-CS-4941/wt.nii.gz",
            "TCGA-CS-9999/labels.txt",
        ],
        &[(
            "labels.csv",
            "patient,idh_mutant,codeleted_1p19q,grade,slices\nTCGA-CS-4941,0,,3,23\n",
        )],
    );
    assert_eq!(
        lines(Preset::Brats2021, &root),
        [
            "BraTS2021_00003 | BraTS2021_00003 | BraTS2021 | BraTS2021_00003_flair.nii.gz - - - | BraTS2021_00003_seg.nii.gz brats2021 | - - -"
        ]
    );
    assert_eq!(
        lines(Preset::Brats2013, &root),
        [
            "BraTS2013_pat0001 | BraTS2013_pat0001 | BraTS2013 | flair.nii.gz - t1ce.nii.gz - | seg.nii.gz brats2023 | - - -"
        ]
    );
    assert_eq!(
        lines(Preset::Lgg, &root),
        ["TCGA-CS-4941 | TCGA-CS-4941 | TCGA-LGG | flair.nii.gz - - - | wt.nii.gz wt-only | 0 - 3"]
    );
}

#[test]
fn a_folder_without_its_cases_is_refused_and_names_are_known() {
    let root = tree(&["readme.txt"], &[]);
    for preset in Preset::ALL {
        let error = preset.cases(root.path()).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("found no case of {preset}, expected")),
            "{error}"
        );
        assert_eq!(preset.key().to_uppercase().parse(), Ok(preset));
    }
    assert!("brats".parse::<Preset>().is_err());
    assert!(Preset::Egd.cases(Path::new("nowhere")).is_err());
}
