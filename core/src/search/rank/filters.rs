//! What filters let through.

use super::super::Filters;
use super::super::columns::ExtentRow;
use super::super::dates::Day;
use super::super::doc::Facet;
use super::super::index::{Index, Wants};

/// Bits of a failed time range and box, beside those of the facets.
pub(in super::super) const TIME: u16 = 1 << 14;
const BBOX: u16 = 1 << 15;

impl Index {
    /// For every dataset, the filters that it fails as bits; empty when there is no filter.
    pub(super) fn failures(&self, filters: &Filters, excluded: &[(Facet, u32)], wants: &Wants) -> Vec<u16> {
        if filters.is_empty() && excluded.is_empty() {
            return Vec::new();
        }
        let mut fails = vec![0_u16; self.len()];
        for facet in Facet::ALL {
            let values = filters.facets.of(facet);
            if values.is_empty() {
                continue;
            }
            let Some(column) = self.facet(facet, wants) else { continue };
            let wanted: Vec<u32> =
                values.iter().filter_map(|value| self.facet_value(facet, value, wants)).collect();
            for (doc, fail) in fails.iter_mut().enumerate() {
                if !column.of(doc as u32).iter().any(|id| wanted.contains(id)) {
                    *fail |= 1 << facet as u16;
                }
            }
        }
        for (facet, value) in excluded {
            let Some(column) = self.facet(*facet, wants) else { continue };
            for (doc, fail) in fails.iter_mut().enumerate() {
                if column.of(doc as u32).contains(value) {
                    *fail |= 1 << *facet as u16;
                }
            }
        }
        if (filters.time.is_some() || filters.bbox.is_some())
            && let Some(extents) = self.extents(wants)
        {
            for (row, fail) in extents.rows.iter().zip(&mut fails) {
                if filters.time.is_some_and(|range| !meets(row, range)) {
                    *fail |= TIME;
                }
                if filters.bbox.is_some_and(|bbox| !overlaps(row, bbox)) {
                    *fail |= BBOX;
                }
            }
        }
        fails
    }
}

fn meets(row: &ExtentRow, (start, end): (Day, Day)) -> bool {
    row.time.is_some_and(|(first, last)| first <= end && last >= start)
}

/// Whether a dataset's box meets `[west, south, east, north]`; either may cross the antimeridian.
fn overlaps(row: &ExtentRow, bbox: [f64; 4]) -> bool {
    let Some(own) = row.bbox else { return false };
    let [w, s, e, n] = own.map(|side| f64::from(side) / 100.0);
    if s > bbox[3] || n < bbox[1] {
        return false;
    }
    let spans = |west: f64, east: f64| -> [Option<(f64, f64)>; 2] {
        if (west <= east && east - west >= 360.0) || !(west.is_finite() && east.is_finite()) {
            return [Some((-180.0, 180.0)), None];
        }
        // By division: the remainder of a float is a kilobyte of code in the page.
        let wrap = |lon: f64| lon - ((lon + 180.0) / 360.0).floor() * 360.0;
        let (west, east_wrapped) = (wrap(west), wrap(east));
        // 180 is an eastern edge, not the western one.
        let east = if east_wrapped == -180.0 { 180.0 } else { east_wrapped };
        if west <= east { [Some((west, east)), None] } else { [Some((west, 180.0)), Some((-180.0, east))] }
    };
    let mine = spans(w, e);
    spans(bbox[0], bbox[2])
        .into_iter()
        .flatten()
        .any(|a| mine.iter().flatten().any(|b| a.0 <= b.1 && a.1 >= b.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_the_antimeridian() {
        let row = |w: i32, s: i32, e: i32, n: i32| ExtentRow {
            bbox: Some([w * 100, s * 100, e * 100, n * 100]),
            ..Default::default()
        };
        let pacific = row(170, -10, -170, 10);
        let atlantic = row(-60, 0, -20, 20);
        assert!(overlaps(&pacific, [175.0, 0.0, 179.0, 5.0]));
        assert!(overlaps(&pacific, [-179.0, 0.0, -175.0, 5.0]));
        assert!(overlaps(&pacific, [160.0, 0.0, -160.0, 5.0]));
        assert!(!overlaps(&pacific, [-160.0, 0.0, 160.0, 5.0]));
        assert!(!overlaps(&pacific, [175.0, 20.0, 179.0, 30.0]));
        assert!(overlaps(&atlantic, [-180.0, -90.0, 180.0, 90.0]));
        assert!(overlaps(&atlantic, [300.0, 0.0, 340.0, 1.0]), "0 to 360 degrees");
        assert!(!overlaps(&atlantic, [170.0, 0.0, -170.0, 1.0]));
        assert!(!overlaps(&ExtentRow::default(), [-180.0, -90.0, 180.0, 90.0]), "unknown is not everywhere");
    }
}
