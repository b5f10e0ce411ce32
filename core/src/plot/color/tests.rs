//! What the maps are chosen for: even steps, lightness that says the order, and both for those who see two kinds of
//! cones only.
//!
//! Missing cones: Machado, Oliveira and Fernandes 2009, <https://doi.org/10.1109/TVCG.2009.113>, severity 1, in linear
//! sRGB. Differences: CIE 1976 L*a*b* under D65, in which about 2.3 is just noticeable.

use super::*;

type Matrix = [[f32; 3]; 3];

const EVERYBODY: [(&str, Matrix); 4] = [
    ("three cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// Linear sRGB to XYZ, divided by the white of D65.
const XYZ: Matrix =
    [[0.433_95, 0.376_22, 0.189_83], [0.212_673, 0.715_152, 0.072_175], [0.017_757, 0.109_469, 0.872_774]];

fn times(matrix: &Matrix, vector: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

/// A colour as L*a*b*, as it is seen with these cones.
fn lab(rgb: [u8; 3], cones: &Matrix) -> [f32; 3] {
    let seen = times(cones, rgb.map(linear)).map(|channel| channel.clamp(0.0, 1.0));
    let [x, y, z] = times(&XYZ, seen)
        .map(|part| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(a: &[f32; 3], b: &[f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

/// Distances between colours that are a sixteenth of the map apart, all along it.
fn sixteenths(seen: &[[f32; 3]]) -> Vec<f32> {
    seen.iter().zip(&seen[16..]).map(|(a, b)| distance(a, b)).collect()
}

/// The least and the largest.
fn ends(values: &[f32]) -> (f32, f32) {
    (values.iter().copied().fold(f32::MAX, f32::min), values.iter().copied().fold(f32::MIN, f32::max))
}

/// Why a sequential map is none for these cones.
fn fault_of_sequential(table: &[[u8; 3]], cones: &Matrix) -> Option<String> {
    let seen: Vec<[f32; 3]> = table.iter().map(|rgb| lab(*rgb, cones)).collect();
    // Eight bits a channel: a hundredth of L* is rounding.
    if let Some(at) = seen.windows(2).position(|pair| pair[1][0] > pair[0][0] + 0.02) {
        return Some(format!("lightness rises at {at}"));
    }
    let (least, most) = ends(&sixteenths(&seen));
    // A just noticeable difference and a half at least, and nowhere three times as far as elsewhere.
    (least < 3.0 || most > 3.0 * least).then(|| format!("steps of {least} to {most}"))
}

/// Why a diverging map is none for these cones.
fn fault_of_diverging(table: &[[u8; 3]], cones: &Matrix) -> Option<String> {
    let seen: Vec<[f32; 3]> = table.iter().map(|rgb| lab(*rgb, cones)).collect();
    let (left, right) = seen.split_at(COLORS / 2 + 1);
    let rises = left.windows(2).all(|pair| pair[1][0] > pair[0][0] - 0.02);
    let falls = right.windows(2).all(|pair| pair[1][0] < pair[0][0] + 0.02);
    if !rises || !falls {
        return Some("the middle is not the lightest".to_owned());
    }
    // The same distance from the middle on either side: apart as soon as it is half of the way to the end.
    for (at, wanted) in [(0, 60.0), (32, 40.0), (64, 15.0)] {
        let apart = distance(&seen[at], &seen[COLORS - 1 - at]);
        if apart < wanted {
            return Some(format!("{at} from either end are only {apart} apart"));
        }
    }
    None
}

/// A map of two colours, for comparison.
fn between(from: [u8; 3], to: [u8; 3]) -> Vec<[u8; 3]> {
    (0..COLORS)
        .map(|index| {
            let part = index as f32 / (COLORS - 1) as f32;
            std::array::from_fn(|at| {
                (f32::from(from[at]) + (f32::from(to[at]) - f32::from(from[at])) * part).round() as u8
            })
        })
        .collect()
}

#[test]
fn stops_are_hit_and_lightness_falls() {
    let table = ColorMap::Tide.table();
    assert_eq!(table[0], [0xf9, 0xf5, 0xda]);
    assert_eq!(table[COLORS - 1], [0x17, 0x1f, 0x56]);
    let light: Vec<f32> = table.iter().map(|rgb| to_oklab(*rgb)[0]).collect();
    assert!(light.windows(2).all(|pair| pair[1] <= pair[0] + 0.004), "tide must fall in lightness");
    let dusk = ColorMap::Dusk.table();
    assert_eq!(dusk[COLORS / 2], [0xf6, 0xf3, 0xec]);
}

#[test]
fn tide_has_even_steps_and_falls_in_lightness_for_everybody() {
    let table = ColorMap::Tide.table();
    for (who, cones) in &EVERYBODY {
        assert_eq!(fault_of_sequential(&table, cones), None, "{who}");
    }
    // With three cones the steps are even within a third of their mean.
    let seen: Vec<[f32; 3]> = table.iter().map(|rgb| lab(*rgb, &EVERYBODY[0].1)).collect();
    let steps = sixteenths(&seen);
    let mean = steps.iter().sum::<f32>() / steps.len() as f32;
    let (least, most) = ends(&steps);
    assert!(least > mean * 0.667 && most < mean * 1.333, "{least} to {most}, {mean} in the mean");
}

#[test]
fn the_halves_of_dusk_are_told_apart_by_everybody() {
    for (who, cones) in &EVERYBODY {
        assert_eq!(fault_of_diverging(&ColorMap::Dusk.table(), cones), None, "{who}");
    }
}

#[test]
fn maps_that_are_not_safe_are_found_out() {
    // Dark to light is no trouble, red to green of one lightness is.
    let cones = |at: usize| &EVERYBODY[at].1;
    assert_eq!(fault_of_sequential(&between([255; 3], [40; 3]), cones(2)), None);
    let red_green = between([0xd7, 0x30, 0x27], [0x1a, 0x98, 0x50]);
    assert!(fault_of_sequential(&red_green, cones(2)).is_some());
    let diverging: Vec<[u8; 3]> = between([0xb0, 0x50, 0x20], [0xf7, 0xf7, 0xf7])
        .into_iter()
        .step_by(2)
        .chain(between([0xf7, 0xf7, 0xf7], [0x60, 0x80, 0x10]).into_iter().skip(1).step_by(2))
        .collect();
    assert_eq!(diverging.len(), COLORS);
    assert!(fault_of_diverging(&diverging, cones(2)).is_some(), "brown and olive");
    let mut rainbow = between([0, 0, 255], [0, 255, 0]);
    rainbow.truncate(COLORS / 2);
    rainbow.extend(between([0, 255, 0], [255, 0, 0]).into_iter().take(COLORS - COLORS / 2));
    assert!(fault_of_sequential(&rainbow, cones(0)).is_some());
}
