//! The fold: twelve stones that fill as blocks are verified; the gate closes, in green, when all are.

use std::fmt::Write as _;

/// The stones from the gate on, clockwise; the last is the gate.
const STONES: [&str; 12] = [
    "M25.86 37.37L26.96 45.30A21.5 21.5 0 0 1 19.38 45.00L21.10 37.19A13.5 13.5 0 0 0 25.86 37.37Z",
    "M19.69 36.79L17.14 44.38A21.5 21.5 0 0 1 10.50 40.73L15.52 34.51A13.5 13.5 0 0 0 19.69 36.79Z",
    "M14.44 33.53L8.77 39.18A21.5 21.5 0 0 1 4.45 32.95L11.73 29.62A13.5 13.5 0 0 0 14.44 33.53Z",
    "M11.19 28.26L3.60 30.79A21.5 21.5 0 0 1 2.51 23.29L10.51 23.55A13.5 13.5 0 0 0 11.19 28.26Z",
    "M10.63 22.10L2.71 20.97A21.5 21.5 0 0 1 5.09 13.77L12.12 17.58A13.5 13.5 0 0 0 10.63 22.10Z",
    "M12.89 16.33L6.30 11.79A21.5 21.5 0 0 1 11.64 6.41L16.24 12.95A13.5 13.5 0 0 0 12.89 16.33Z",
    "M17.48 12.18L13.61 5.18A21.5 21.5 0 0 1 20.78 2.74L21.98 10.65A13.5 13.5 0 0 0 17.48 12.18Z",
    "M23.43 10.51L23.10 2.52A21.5 21.5 0 0 1 30.61 3.54L28.15 11.15A13.5 13.5 0 0 0 23.43 10.51Z",
    "M29.51 11.68L32.78 4.37A21.5 21.5 0 0 1 39.04 8.64L33.45 14.35A13.5 13.5 0 0 0 29.51 11.68Z",
    "M34.43 15.43L40.61 10.35A21.5 21.5 0 0 1 44.32 16.96L36.76 19.58A13.5 13.5 0 0 0 34.43 15.43Z",
    "M37.16 20.99L44.96 19.20A21.5 21.5 0 0 1 45.32 26.77L37.39 25.74A13.5 13.5 0 0 0 37.16 20.99Z",
    "M37.12 27.17L44.90 29.06A21.5 21.5 0 0 1 41.85 35.99L35.21 31.53A13.5 13.5 0 0 0 37.12 27.17Z",
];

/// The ring, `done` of 1 filled.
pub(super) fn fold(done: f64, out: &mut String) {
    let filled = (done.clamp(0.0, 1.0) * STONES.len() as f64).floor() as usize;
    let ring = if done >= 1.0 { "ring all" } else { "ring" };
    let _ = write!(out, "<svg class=\"{ring}\" viewBox=\"0 0 48 48\" aria-hidden=\"true\">");
    for (at, stone) in STONES.iter().enumerate() {
        let class = if at < filled { "in" } else { "out" };
        let _ = write!(out, "<path class=\"{class}\" d=\"{stone}\"></path>");
    }
    out.push_str("<circle cx=\"24\" cy=\"24\" r=\"4.5\" fill=\"var(--accent)\"></circle></svg>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_closes_last() {
        let filled = |done: f64| {
            let mut out = String::new();
            fold(done, &mut out);
            (out.matches("class=\"in\"").count(), out.contains("ring all"))
        };
        let shares = [f64::NAN, -1.0, 0.0, 0.5, 0.999, 1.0, 2.0];
        let expected = [(0, false), (0, false), (0, false), (6, false), (11, false), (12, true), (12, true)];
        assert_eq!(shares.map(filled), expected);
    }
}
