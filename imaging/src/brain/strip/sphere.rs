//! The closed surface that is laid around the brain: an icosahedron whose triangles are halved and
//! pushed out onto a sphere, again and again.

use std::collections::HashMap;

/// A closed triangle mesh; positions in mm.
#[derive(Debug, Clone)]
pub(super) struct Surface {
    pub(super) points: Vec<[f32; 3]>,
    /// Corners of each triangle, counter-clockwise as seen from outside.
    pub(super) triangles: Vec<[usize; 3]>,
    /// For each point the points that share an edge with it.
    pub(super) neighbours: Vec<Vec<usize>>,
}

impl Surface {
    /// A sphere of 10 · 4^`halvings` + 2 points.
    pub(super) fn sphere(centre_mm: [f32; 3], radius_mm: f32, halvings: usize) -> Self {
        let (mut points, mut triangles) = icosahedron();
        for _ in 0..halvings {
            triangles = halved(&mut points, &triangles);
        }
        let mut neighbours = vec![Vec::new(); points.len()];
        for [a, b, c] in &triangles {
            // Each edge belongs to two triangles, which run along it in opposite directions.
            neighbours[*a].push(*b);
            neighbours[*b].push(*c);
            neighbours[*c].push(*a);
        }
        for p in &mut points {
            *p = std::array::from_fn(|i| centre_mm[i] + radius_mm * p[i]);
        }
        Self {
            points,
            triangles,
            neighbours,
        }
    }

    /// The outward unit normal at each point, from the triangles around it by their areas.
    pub(super) fn normals(&self) -> Vec<[f32; 3]> {
        let mut normals = vec![[0.0; 3]; self.points.len()];
        for corners in &self.triangles {
            let [a, b, c] = corners.map(|i| self.points[i]);
            let n = cross(minus(b, a), minus(c, a));
            for corner in corners {
                normals[*corner] = plus(normals[*corner], n);
            }
        }
        normals.into_iter().map(unit).collect()
    }

    /// The mean length of an edge in mm.
    pub(super) fn mean_edge_mm(&self) -> f32 {
        let (mut sum, mut edges) = (0.0, 0);
        for (point, around) in self.points.iter().zip(&self.neighbours) {
            for other in around {
                sum += length(minus(self.points[*other], *point));
            }
            edges += around.len();
        }
        sum / edges.max(1) as f32
    }
}

fn icosahedron() -> (Vec<[f32; 3]>, Vec<[usize; 3]>) {
    let g = (1.0 + 5.0_f32.sqrt()) / 2.0;
    let points = [
        [-1.0, g, 0.0],
        [1.0, g, 0.0],
        [-1.0, -g, 0.0],
        [1.0, -g, 0.0],
        [0.0, -1.0, g],
        [0.0, 1.0, g],
        [0.0, -1.0, -g],
        [0.0, 1.0, -g],
        [g, 0.0, -1.0],
        [g, 0.0, 1.0],
        [-g, 0.0, -1.0],
        [-g, 0.0, 1.0],
    ];
    let triangles = vec![
        [0, 11, 5],
        [0, 5, 1],
        [0, 1, 7],
        [0, 7, 10],
        [0, 10, 11],
        [1, 5, 9],
        [5, 11, 4],
        [11, 10, 2],
        [10, 7, 6],
        [7, 1, 8],
        [3, 9, 4],
        [3, 4, 2],
        [3, 2, 6],
        [3, 6, 8],
        [3, 8, 9],
        [4, 9, 5],
        [2, 4, 11],
        [6, 2, 10],
        [8, 6, 7],
        [9, 8, 1],
    ];
    (points.map(unit).to_vec(), triangles)
}

/// Four triangles for each, the new points on the unit sphere.
fn halved(points: &mut Vec<[f32; 3]>, triangles: &[[usize; 3]]) -> Vec<[usize; 3]> {
    let mut middles = HashMap::new();
    let mut middle = |a: usize, b: usize| {
        *middles.entry((a.min(b), a.max(b))).or_insert_with(|| {
            points.push(unit(plus(points[a], points[b])));
            points.len() - 1
        })
    };
    let mut finer = Vec::with_capacity(4 * triangles.len());
    for &[a, b, c] in triangles {
        let (ab, bc, ca) = (middle(a, b), middle(b, c), middle(c, a));
        finer.extend([[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]);
    }
    finer
}

pub(super) fn plus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|i| a[i] + b[i])
}

pub(super) fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|i| a[i] - b[i])
}

pub(super) fn times(a: [f32; 3], s: f32) -> [f32; 3] {
    a.map(|v| v * s)
}

pub(super) fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn length(a: [f32; 3]) -> f32 {
    dot(a, a).sqrt()
}

fn unit(a: [f32; 3]) -> [f32; 3] {
    times(a, 1.0 / length(a).max(1e-12))
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sphere_is_closed_and_faces_outward() {
        let centre = [3.0, -2.0, 7.0];
        let sphere = Surface::sphere(centre, 50.0, 3);
        assert_eq!(sphere.points.len(), 642);
        assert_eq!(sphere.triangles.len(), 1280);
        for (point, around) in sphere.neighbours.iter().enumerate() {
            assert!((5..=6).contains(&around.len()));
            for other in around {
                assert!(sphere.neighbours[*other].contains(&point));
            }
        }
        for (p, n) in sphere.points.iter().zip(sphere.normals()) {
            let outward = minus(*p, centre);
            assert!((length(outward) - 50.0).abs() < 1e-3);
            assert!(dot(unit(outward), n) > 0.99);
        }
    }
}
