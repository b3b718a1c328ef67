//! Calibration: prints a case's measures. `measure [key=value ...] flair t1 t1ce t2`
use imaging::check::{self, Coarse, Head};
use imaging::{Sequence, Series, nifti};
fn main() {
    let mut shift: Vec<(usize, [f64; 3])> = vec![];
    let mut mirror: Vec<usize> = vec![];
    let mut files = vec![];
    let mut strip = false;
    for a in std::env::args().skip(1) {
        if let Some(v) = a.strip_prefix("shift=") {
            let n: Vec<f64> = v.split(',').map(|x| x.parse().expect("number")).collect();
            shift.push((n[0] as usize, [n[1], n[2], n[3]]));
        } else if let Some(v) = a.strip_prefix("mirror=") {
            mirror.push(v.parse().expect("number"));
        } else if a == "strip" {
            strip = true;
        } else {
            files.push(a);
        }
    }
    let mut series: Vec<Option<Series>> = files
        .iter()
        .map(|f| {
            if f == "-" {
                None
            } else {
                Some(nifti::read(&std::fs::read(f).expect("file")).expect("nifti"))
            }
        })
        .collect();
    for (i, s) in shift {
        let v = series[i].as_mut().expect("there");
        for k in 0..3 {
            v.volume.grid.affine.0[k][3] += s[k];
        }
    }
    for i in mirror {
        let v = &mut series[i].as_mut().expect("there").volume;
        let nx = v.grid.dims[0];
        for row in v.data.chunks_exact_mut(nx) {
            row.reverse();
        }
    }
    if strip {
        let vs: Vec<_> = series.iter().flatten().map(|s| &s.volume).collect();
        let Ok((mask, _)) = imaging::brain::find(&vs) else {
            println!("{{}}");
            return;
        };
        for s in series.iter_mut().flatten() {
            for (v, i) in s.volume.data.iter_mut().zip(&mask.data) {
                if !i {
                    *v = 0.0;
                }
            }
        }
    }
    let t = std::time::Instant::now();
    let heads: Vec<(Sequence, Head)> = [2usize, 0, 1, 3]
        .into_iter()
        .filter_map(|i| Some((Sequence::ALL[i], Head::of(Coarse::of(series[i].as_ref()?)))))
        .collect();
    let t1 = t.elapsed();
    let refs: Vec<_> = heads.iter().map(|(s, h)| (*s, h)).collect();
    let t = std::time::Instant::now();
    let v = check::case(&refs);
    let t2 = t.elapsed();
    let said: Vec<String> = v
        .iter()
        .filter(|v| v.matters())
        .map(|v| {
            format!(
                "{:?} {:?} {:.3?} {}",
                v.level,
                v.check,
                v.measure.unwrap_or(0.0),
                v.words
            )
        })
        .collect();
    let all: Vec<(String, String, String, f64)> = v
        .iter()
        .map(|v| {
            (
                format!("{:?}", v.check),
                format!("{:?}", v.sequence),
                format!("{:?}", v.level),
                v.measure.unwrap_or(0.0),
            )
        })
        .collect();
    println!(
        "{{\"scan_s\":{:.4},\"case_s\":{:.4},\"said\":{said:?},\"all\":{},\"m\":{}}}",
        t1.as_secs_f64(),
        t2.as_secs_f64(),
        format!("{all:?}")
            .replace('(', "[")
            .replace(')', "]")
            .replace("NaN", "0"),
        check::contrasts(&refs)
    );
}
