//! What reading a case will need, reckoned from its scans' headers before any memory is asked for, and
//! what there is.
//!
//! Running out is told by nobody: an operating system ends the program, a tab's engine aborts. So a case
//! that cannot fit is refused with what would.

use crate::ImagingError;
use crate::nifti::Outline;

/// All that WebAssembly can address.
pub const TAB_BYTES: u64 = 4 << 30;

/// Taken to be there where the system does not say.
const UNKNOWN_BYTES: u64 = 16 << 30;

/// What is there whatever is read: the program, a network's weights, what allocators waste.
const FIXED_BYTES: u64 = 256 << 20;
/// What the network takes while it computes. It comes and goes before and after what follows, but for
/// the scans themselves.
const NETWORK_BYTES: u64 = 1 << 30;
/// Of each scan, for each of its own voxels: its values.
const BYTES_OF_OWN: u64 = 4;
/// Of each scan, for each voxel of the largest: itself turned to RAS on one grid with the others (4), or
/// so and in 16 bits as it is shown (6).
const BYTES_OF_EACH: u64 = 6;
/// Once, for each voxel of the largest: masks and labels, or a mask on its way from grid to grid.
const BYTES_ONCE: u64 = 4;

/// Where a case is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// In a program of its own, with what the machine has free.
    Machine,
    /// In a browser's tab, where other things lie already.
    Tab {
        /// Bytes that do not belong to the case.
        used_bytes: u64,
    },
}

impl Room {
    /// Bytes that are free.
    #[must_use]
    pub fn free_bytes(self) -> u64 {
        match self {
            Self::Machine => machine_bytes().unwrap_or(UNKNOWN_BYTES),
            Self::Tab { used_bytes } => TAB_BYTES.saturating_sub(used_bytes),
        }
    }
}

/// Bytes at the peak of reading scans of so many voxels along x, y and z.
#[must_use]
pub fn case_bytes(scans: &[[usize; 3]]) -> u64 {
    let voxels = scans.iter().map(voxels_of);
    let all = voxels.clone().fold(0, u64::saturating_add);
    needed(scans.len() as u64, all, voxels.max().unwrap_or(0))
}

/// Refuses a case that would need more than there is.
///
/// # Errors
/// [`ImagingError::NoRoom`] with both numbers and what would fit.
pub fn ensure_room(scans: &[[usize; 3]], room: Room) -> Result<(), ImagingError> {
    let (needed_bytes, free_bytes) = (case_bytes(scans), room.free_bytes());
    if needed_bytes <= free_bytes {
        return Ok(());
    }
    Err(ImagingError::NoRoom {
        scans: scans.len(),
        needed_bytes,
        free_bytes,
        fits_voxels: fits_voxels(scans.len() as u64, free_bytes),
        in_tab: room != Room::Machine,
    })
}

/// Refuses a scan whose file and voxels together are more than there is.
///
/// # Errors
/// As [`ensure_room`].
pub fn ensure_loads(scan: Outline, room: Room) -> Result<(), ImagingError> {
    let voxels = voxels_of(&scan.dims);
    let of_a_voxel = scan.image_bytes / voxels.max(1) + BYTES_OF_OWN;
    let (needed_bytes, free_bytes) = (voxels.saturating_mul(of_a_voxel), room.free_bytes());
    if needed_bytes <= free_bytes {
        return Ok(());
    }
    Err(ImagingError::NoRoom {
        scans: 1,
        needed_bytes,
        free_bytes,
        fits_voxels: free_bytes / of_a_voxel,
        in_tab: room != Room::Machine,
    })
}

fn voxels_of(dims: &[usize; 3]) -> u64 {
    dims.iter().fold(1, |n: u64, d| n.saturating_mul(*d as u64))
}

fn needed(scans: u64, all: u64, largest: u64) -> u64 {
    let own = all.saturating_mul(BYTES_OF_OWN);
    let working = largest.saturating_mul(scans * BYTES_OF_EACH + BYTES_ONCE);
    FIXED_BYTES
        .saturating_add(own)
        .saturating_add(working.max(NETWORK_BYTES))
}

/// How many voxels each of so many scans can have: the inverse of [`needed`].
fn fits_voxels(scans: u64, free: u64) -> u64 {
    let free = free.saturating_sub(FIXED_BYTES);
    let own = scans * BYTES_OF_OWN;
    let beside_work = free / (own + scans * BYTES_OF_EACH + BYTES_ONCE);
    let beside_network = free.saturating_sub(NETWORK_BYTES) / own.max(1);
    beside_work.min(beside_network)
}

/// What Linux says a new program can have without swapping; `None` on other systems.
fn machine_bytes() -> Option<u64> {
    available(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

/// `MemAvailable` of a `/proc/meminfo`.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Free on a machine of 24 GiB that does nothing else.
    const FREE_OF_24_GIB: u64 = 21 << 30;

    #[test]
    fn four_of_512_cubed_fit_a_machine_and_no_tab() {
        let case = [[512; 3]; 4];
        assert!(case_bytes(&case) < FREE_OF_24_GIB);
        let error = ensure_room(&case, Room::Tab { used_bytes: 0 }).expect_err("too much");
        let words = error.to_string();
        assert!(
            words.contains("4 scans") && words.contains("4.0 GiB are free"),
            "{words}"
        );
        assert!(error.mend().contains("command line"));
    }

    #[test]
    fn ordinary_and_half_millimetre_cases_fit_a_tab() {
        for case in [
            vec![[240, 240, 155]; 4],
            vec![[480, 480, 310]; 4],
            vec![
                [240, 240, 155],
                [640, 640, 31],
                [512, 512, 24],
                [256, 256, 180],
            ],
        ] {
            assert_eq!(
                ensure_room(&case, Room::Tab { used_bytes: 0 }),
                Ok(()),
                "{case:?}"
            );
        }
    }

    #[test]
    fn what_is_said_to_fit_does_and_not_a_voxel_more() {
        for scans in 1..=4 {
            for used_bytes in [0, 1 << 30, 11 << 28] {
                let room = Room::Tab { used_bytes };
                let fits = fits_voxels(scans as u64, room.free_bytes()) as usize;
                assert_eq!(ensure_room(&vec![[fits, 1, 1]; scans], room), Ok(()));
                assert!(ensure_room(&vec![[fits + 1, 1, 1]; scans], room).is_err());
            }
        }
    }

    #[test]
    fn a_scan_loads_where_its_file_and_its_values_find_room() {
        let scan = Outline {
            dims: [1000, 1000, 100],
            image_bytes: 800_000_000,
        };
        let beside = |free: u64| Room::Tab {
            used_bytes: TAB_BYTES - free,
        };
        assert_eq!(ensure_loads(scan, beside(1_200_000_000)), Ok(()));
        let error = ensure_loads(scan, beside(1_199_999_999)).expect_err("a byte too few");
        assert!(
            error.to_string().contains("one scan of at most 99 million"),
            "{error}"
        );
    }

    #[test]
    fn absurd_sizes_do_not_overflow() {
        let case = [[usize::MAX; 3]; 4];
        assert_eq!(case_bytes(&case), u64::MAX);
        assert!(ensure_room(&case, Room::Machine).is_err());
        let used_bytes = u64::MAX;
        assert!(ensure_room(&[[1, 1, 1]], Room::Tab { used_bytes }).is_err());
    }

    #[test]
    fn linux_says_what_is_available_in_kib() {
        let meminfo = "MemTotal:       24683656 kB\nMemFree: 1 kB\nMemAvailable:   22477288 kB\n";
        assert_eq!(available(meminfo), Some(22_477_288 << 10));
        assert_eq!(available("MemTotal: 5 kB\n"), None);
        assert_eq!(available("MemAvailable: many kB\n"), None);
    }
}
