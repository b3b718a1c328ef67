//! Names as scanners, archives and people write them.

use super::*;
use Sequence::{Flair, T1, T1ce, T2};

#[test]
fn names_of_public_collections_are_recognised() {
    for (name, expected) in [
        ("BraTS2021_00003_t1ce.nii.gz", T1ce),
        ("BraTS2021_00003_flair.nii.gz", Flair),
        ("BraTS2021_00003_t1.nii.gz", T1),
        ("BraTS2021_00003_t2.nii.gz", T2),
        ("BraTS-GLI-00005-000-t1n.nii.gz", T1),
        ("BraTS-GLI-00005-000-t1c.nii.gz", T1ce),
        ("BraTS-GLI-00005-000-t2w.nii.gz", T2),
        ("BraTS-GLI-00005-000-t2f.nii.gz", Flair),
        ("TCGA-FG-6692_fla", Flair),
        ("fla.nii.gz", Flair),
        ("UCSF-PDGM-0004_T1c_bias.nii.gz", T1ce),
        ("UPENN-GBM-00001_11_T1GD.nii.gz", T1ce),
        ("UPENN-GBM-00001_11_T1.nii", T1),
        ("sub-01_ce-GADOLINIUM_T1w.nii.gz", T1ce),
        ("sub-01_T1w.nii.gz", T1),
        ("sub-01_FLAIR.nii.gz", Flair),
        ("IXI002-Guys-0828-T2.nii.gz", T2),
    ] {
        assert_eq!(from_name(name), Some(expected), "{name}");
    }
}

#[test]
fn names_that_say_two_things_are_read_as_radiologists_do() {
    for (name, expected) in [
        ("t2_flair.nii", Flair),
        ("t2-FLAIR.nii.gz", Flair),
        ("T2FLAIR.nii.gz", Flair),
        ("ax_t2_tirm_dark-fluid.nii", Flair),
        ("t1_post.nii", T1ce),
        ("t1_gd.nii", T1ce),
        ("T1 + C.nii", T1ce),
        ("t1km.nii", T1ce),
        ("Gd_T1_mprage.nii", T1ce),
        ("patient1T1Gd.nii", T1ce),
        ("t1_post_op.nii", T1),
        ("t1_pre_contrast.nii", T1),
        ("t1_without_contrast.nii.gz", T1),
        ("c_t1.nii", T1),
        ("AX T2 FSE.hdr", T2),
        ("T1/session2/t2.nii", T2),
    ] {
        assert_eq!(from_name(name), Some(expected), "{name}");
    }
}

#[test]
fn digits_and_letters_around_a_name_do_not_fool_it() {
    for name in [
        "patient_t1000.nii",
        "at1.nii",
        "t12.nii",
        "scan.nii.gz",
        "BraTS2021_00003_seg.nii.gz",
        "hdbet_mask_t1.nii.gz",
        "t1_t2_ratio.nii",
        "case_0004.nii.gz",
        "0000.nii.gz",
        "",
        "ß.nii",
    ] {
        assert_eq!(from_name(name), None, "{name}");
    }
}

#[test]
fn channel_numbers_count_only_where_words_say_nothing() {
    assert_eq!(from_name("case12_0000.nii.gz"), Some(T1));
    assert_eq!(from_name("case12_0003.nii.gz"), Some(Flair));
    assert_eq!(from_name("t2_0001.nii.gz"), Some(T2));
}

#[test]
fn a_set_is_assigned_in_channel_order_and_the_first_fit_wins() {
    let names = [
        "x_t2.nii",
        "x_seg.nii",
        "x_t1ce.nii",
        "y_t2.nii",
        "x_flair.nii",
    ];
    assert_eq!(assign(&names), [Some(4), None, Some(2), Some(0)]);
}

#[test]
fn names_of_clinics_are_read_as_a_radiologist_does() {
    for (name, expected) in [
        ("Ax_T1_FLAIR.nii.gz", T1),
        ("SAG T1FLAIR.nii", T1),
        ("Ax_T1_FLAIR_GD.nii", T1ce),
        ("Ax_T2_FLAIR.nii", Flair),
        ("T2FLAIR_T1.nii", Flair),
        ("PreOp_T1_post.nii.gz", T1ce),
        ("postop_T1.nii.gz", T1),
        ("post_op_T1_gd.nii", T1ce),
        ("T1_pre_surgery.nii", T1),
        ("T1_post_treatment.nii", T1),
        ("T1_POSTGAD.nii", T1ce),
        ("AX T1 POST GAD.nii", T1ce),
        ("T1_vor_KM.nii", T1),
        ("T1_nach_KM.nii", T1ce),
        ("T1_KM_vor_OP.nii", T1ce),
        ("T1 ohne KM.nii", T1),
        ("t1_avant_gado.nii", T1),
        ("T1 après gado.nii", T1ce),
        // The accent as a letter of its own, as macOS stores it.
        ("T1 apre\u{300}s gado.nii", T1ce),
        ("T1_sans_injection.nii", T1),
        ("T1_con_contraste.nii", T1ce),
        ("T1_sin_contraste.nii", T1),
        ("T1_senza_mdc.nii", T1),
        ("T1 na contrast.nii", T1ce),
        ("T1_voor_contrast.nii", T1),
        ("t1_mprage_post.nii.gz", T1ce),
        ("T1_SE_GD.nii", T1ce),
        ("T1_MPRAGE_C.nii", T1ce),
        ("T1+C.nii", T1ce),
        ("AX +C T1.nii", T1ce),
        ("T1_C+.nii", T1ce),
        ("T1_C-.nii", T1),
        ("T1 -C.nii", T1),
        ("T1-C.nii", T1ce),
        ("T1_W_O_CONTRAST.nii", T1),
        ("T1_W_CONTRAST.nii", T1ce),
        ("AX_T1_NO_GAD.nii", T1),
        ("pat_no_5_T1_gd.nii", T1ce),
        ("T1_unenhanced.nii", T1),
        ("MPRAGE.nii", T1),
        ("3D_FSPGR.nii", T1),
        ("Sag_BRAVO_post.nii", T1ce),
        ("SPGR.nii", T1),
        ("FLAIR_MPR.nii", Flair),
        ("T2_SPACE_MPR.nii", T2),
        ("T2_STIR.nii", T2),
        ("t1_masked.nii.gz", T1),
        ("t1_brain.nii.gz", T1),
        ("sub-01_T1w.nii.gz", T1),
        ("sub-Pat3_T1w.nii.gz", T1),
        ("B100_t1.nii", T1),
        ("MD_t2.nii", T2),
        ("flair_to_t1.nii.gz", Flair),
        ("t1_to_t1ce.nii.gz", T1),
        ("T2_in_T1.nii", T2),
        ("sub-01_space-T1w_FLAIR.nii.gz", Flair),
    ] {
        assert_eq!(read_name(name), Named::Sequence(expected), "{name}");
    }
}

#[test]
fn what_is_none_of_the_four_is_called_by_its_kind() {
    use Kind::{
        Angiography, Diffusion, Localizer, Map, Mask, Other, Perfusion, Subtraction, Susceptibility,
    };
    for (name, expected) in [
        ("t2_star.nii.gz", Susceptibility),
        ("T2*.nii", Susceptibility),
        ("T2star.nii", Susceptibility),
        ("AX_T2_GRE.nii", Susceptibility),
        ("t2_fl2d_tra_hemo.nii", Susceptibility),
        ("SWI.nii", Susceptibility),
        ("DWI.nii.gz", Diffusion),
        ("ep2d_diff_3scan_trace_ADC.nii", Diffusion),
        ("adc_t2.nii", Diffusion),
        ("b0.nii", Diffusion),
        ("ax_b1000.nii", Diffusion),
        ("DTI_FA.nii", Diffusion),
        ("x_MD.nii", Diffusion),
        ("rCBV.nii", Perfusion),
        ("DSC_perfusion.nii", Perfusion),
        ("T1_DCE.nii", Perfusion),
        ("t1_subtraction.nii", Subtraction),
        ("T1_sub.nii", Subtraction),
        ("sub_t1.nii", Subtraction),
        ("seg.nii.gz", Mask),
        ("BraTS2021_00003_seg.nii.gz", Mask),
        ("sub-01_dseg.nii.gz", Mask),
        ("brainmask.nii", Mask),
        ("brain_mask.nii", Mask),
        ("BrainMask.nii", Mask),
        ("t1_segmentation.nii", Mask),
        ("tumorSeg.nii", Mask),
        ("aseg.nii", Mask),
        ("T1_synthseg.nii", Mask),
        ("labels.nii", Mask),
        ("tumor.nii", Mask),
        ("sub-01_space-T1w_desc-brain_mask.nii.gz", Mask),
        ("TOF_3D.nii", Angiography),
        ("MRA.nii", Angiography),
        ("localizer.nii", Localizer),
        ("3-plane_scout.nii", Localizer),
        ("T1map.nii", Map),
        ("t2_map.nii", Map),
        ("CT.nii", Other),
        ("PET_FET.nii", Other),
        ("STIR.nii", Other),
    ] {
        assert_eq!(read_name(name), Named::Aside(expected), "{name}");
        assert!(!expected.words().is_empty());
    }
}
