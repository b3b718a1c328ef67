//! Connected components over runs along x.
//!
//! A brain of nine million voxels is a few tens of thousands of runs, and only runs of neighbouring
//! rows need to be compared, so both uses (the largest component, and the background that reaches
//! the border) take milliseconds. Neighbours share a face (6-connectivity).

/// Voxels `start..end` of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) row: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All runs of one value and the component of each.
pub(super) struct Components {
    pub(super) runs: Vec<Run>,
    /// For each run, the run that stands for its component.
    pub(super) root: Vec<usize>,
}

impl Components {
    /// Finds the components of the voxels that equal `value`.
    pub(super) fn of(data: &[bool], dims: [usize; 3], value: bool) -> Self {
        let [nx, ny, nz] = dims;
        let mut runs = Vec::new();
        let mut row_starts = Vec::with_capacity(ny * nz + 1);
        for (row, values) in data.chunks_exact(nx).enumerate() {
            row_starts.push(runs.len());
            let mut x = 0;
            while let Some(skip) = values[x..].iter().position(|v| *v == value) {
                let start = x + skip;
                let length = values[start..].iter().position(|v| *v != value);
                let end = length.map_or(nx, |n| start + n);
                runs.push(Run { row, start, end });
                x = end;
            }
        }
        row_starts.push(runs.len());
        let mut forest = Forest::new(runs.len());
        for row in 0..ny * nz {
            let here = row_starts[row]..row_starts[row + 1];
            let (y, z) = (row % ny, row / ny);
            let behind = (y > 0).then(|| row - 1);
            let below = (z > 0).then(|| row - ny);
            for other in [behind, below].into_iter().flatten() {
                let there = row_starts[other]..row_starts[other + 1];
                join_touching(&runs, here.clone(), there, &mut forest);
            }
        }
        let root = (0..runs.len()).map(|run| forest.root(run)).collect();
        Self { runs, root }
    }
}

/// Joins the runs of two rows that share an x; both ranges are sorted along x.
fn join_touching(
    runs: &[Run],
    mut here: std::ops::Range<usize>,
    mut there: std::ops::Range<usize>,
    forest: &mut Forest,
) {
    while !here.is_empty() && !there.is_empty() {
        let (a, b) = (runs[here.start], runs[there.start]);
        if a.start < b.end && b.start < a.end {
            forest.join(here.start, there.start);
        }
        if a.end < b.end {
            here.next();
        } else {
            there.next();
        }
    }
}

/// Union-find with halved paths; the smaller index stands for both, which makes results repeatable.
struct Forest {
    parent: Vec<usize>,
}

impl Forest {
    fn new(size: usize) -> Self {
        Self {
            parent: (0..size).collect(),
        }
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }
}
