//! What a manifest says, and what it is refused for.

use std::path::Path;

use imaging::Sequence;
use mts_unet::cohort::{CaseRow, SegFile, SegScheme, parse, read, write};

const HEADER: &str =
    "case,patient,cohort,split,flair,t1,t1ce,t2,seg,seg_scheme,idh_mutant,codeleted_1p19q,grade\n";

fn parsed(lines: &str) -> Vec<CaseRow> {
    parse(&format!("{HEADER}{lines}"), Path::new("base")).expect("a manifest")
}

fn refused(lines: &str) -> String {
    parse(&format!("{HEADER}{lines}"), Path::new("base"))
        .expect_err("no manifest")
        .to_string()
}

#[test]
fn a_full_row_and_a_sparse_one() {
    let rows = parsed(
        "# a remark\n\
         A,P,UCSF-PDGM,test,a/f.nii,a/1.nii,a/c.nii,a/2.nii,a/s.nii,brats2021,1,0,4\n\
         B , Q, EGD,,,,,t2.nii.gz,m.nii.gz,wt-only,,,\n",
    );
    let base = Path::new("base");
    assert_eq!(rows[0].split.as_deref(), Some("test"));
    assert_eq!(
        rows[0].sequence(Sequence::T1ce),
        Some(&base.join("a/c.nii"))
    );
    assert_eq!(rows[0].sequences[0], Some(base.join("a/f.nii")));
    assert_eq!(
        (rows[0].idh_mutant, rows[0].codeleted_1p19q),
        (Some(true), Some(false))
    );
    assert_eq!(rows[0].grade, Some(4));
    let expected = CaseRow {
        sequences: [None, None, None, Some(base.join("t2.nii.gz"))],
        seg: Some(SegFile {
            path: base.join("m.nii.gz"),
            scheme: SegScheme::WtOnly,
        }),
        ..CaseRow::new("B", "Q", "EGD")
    };
    assert_eq!(rows[1], expected);
}

#[test]
fn columns_may_stand_in_any_order() {
    let text = "grade,case,patient,cohort,split,t2,t1ce,t1,flair,seg_scheme,seg,codeleted_1p19q,idh_mutant\n\
                2,A,P,X,,,,,f.nii,,,1,0\n";
    let rows = parse(text, Path::new("")).expect("a manifest");
    assert_eq!(rows[0].grade, Some(2));
    assert_eq!(
        (rows[0].codeleted_1p19q, rows[0].idh_mutant),
        (Some(true), Some(false))
    );
}

#[test]
fn unknown_and_missing_columns_are_named() {
    let unknown = parse(&HEADER.replace("t1ce", "t1c"), Path::new("")).expect_err("t1c");
    assert!(
        unknown.to_string().contains(r#"the column "t1c""#),
        "{unknown}"
    );
    assert!(!unknown.mend().is_empty());
    let missing = parse(&HEADER.replace(",grade", ""), Path::new("")).expect_err("no grade");
    assert!(
        missing.to_string().contains("the column grade is missing"),
        "{missing}"
    );
    let twice = parse(&HEADER.replace("grade", "grade,grade"), Path::new(""));
    assert!(twice.is_err());
}

#[test]
fn a_wrong_cell_is_told_with_line_and_column() {
    let good = "A,P,X,,f,,,,,,,,\n";
    assert_eq!(
        refused(&format!("{good}B,Q,X,,f,,,,,,yes,,\n")),
        r#"line 3, column idh_mutant: found "yes", expected 0, 1 or nothing"#
    );
    assert!(refused("B,Q,X,,f,,,,,,,,1\n").contains("column grade"));
    assert!(refused("B,Q,X,,f,,,,s,,,,\n").contains("column seg_scheme"));
    assert!(refused("B,Q,X,,f,,,,,wt-only,,,\n").contains("column seg_scheme"));
    assert!(refused("B,Q,X,,f,,,,s,brats,,,\n").contains(r#"found "brats""#));
    assert!(refused("B,,X,,f,,,,,,,,\n").contains("column patient"));
    assert!(refused("B,Q,X,,,,,,,,,,\n").contains("at least one of"));
    assert!(refused("B,Q,X\n").contains("line"));
}

#[test]
fn a_case_twice_and_a_patient_in_two_splits_are_refused() {
    let twice = refused("A,P,X,,f,,,,,,,,\nA,Q,X,,f,,,,,,,,\n");
    assert_eq!(twice, "line 3: the case of line 2 again: A");
    let split = refused("A,P,X,train,f,,,,,,,,\nC,R,X,test,f,,,,,,,,\nB,P,Y,test,f,,,,,,,,\n");
    assert_eq!(
        split,
        r#"line 4: the patient is in the split "test" here and in "train" in line 2: P"#
    );
    // No split is a side, too: folds are drawn from it.
    assert!(refused("A,P,X,test,f,,,,,,,,\nB,P,X,,f,,,,,,,,\n").contains("the patient"));
}

#[test]
fn what_is_written_is_read_again_from_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let lists = folder.path().join("lists/mine");
    std::fs::create_dir_all(&data).expect("a folder");
    std::fs::create_dir_all(&lists).expect("a folder");
    let data = data.canonicalize().expect("it is there");
    let rows = [
        CaseRow {
            split: Some("train".into()),
            sequences: [Some(data.join("f, 1.nii.gz")), None, None, None],
            seg: Some(SegFile {
                path: data.join("s.nii.gz"),
                scheme: SegScheme::Brats2023,
            }),
            idh_mutant: Some(false),
            codeleted_1p19q: Some(true),
            grade: Some(3),
            ..CaseRow::new("A", "P", "X")
        },
        CaseRow {
            sequences: [None, None, Some(data.join("c.nii")), None],
            ..CaseRow::new("B", "Q", "Y")
        },
    ];
    let path = lists.join("manifest.csv");
    write(&rows, &path).expect("written");
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.contains(r#""../../data/f, 1.nii.gz""#), "{text}");
    let mut again = read(&path).expect("a manifest");
    for row in &mut again {
        for file in row.sequences.iter_mut().flatten() {
            // The files are not there, so only their folder can be made canonical.
            let name = file.file_name().expect("a name").to_owned();
            *file = file
                .with_file_name("")
                .canonicalize()
                .expect("a folder")
                .join(name);
        }
        if let Some(seg) = &mut row.seg {
            seg.path = data.join("s.nii.gz");
        }
    }
    assert_eq!(again, rows);
    let twice = [rows[0].clone(), rows[0].clone()];
    assert!(write(&twice, &path).is_err());
}
