//! What filters let through, and how many datasets each of their values would leave.

use super::super::Filters;
use super::super::answer::{FACET_VALUES, FacetCount, FacetCounts, Histogram};
use super::super::columns::ExtentRow;
use super::super::dates::Day;
use super::super::doc::Facet;
use super::super::index::{Index, Wants};
use super::super::small::sort;

/// Bits of a failed time range and box, beside those of the facets.
const TIME: u16 = 1 << 14;
const BBOX: u16 = 1 << 15;

impl Index {
    /// For every dataset, the filters that it fails as bits; empty when there is no filter.
    pub(super) fn failures(&self, filters: &Filters, excluded: &[(Facet, u32)], wants: &Wants) -> Vec<u16> {
        if filters.is_empty() && excluded.is_empty() {
            return Vec::new();
        }
        let mut fails = vec![0_u16; self.len()];
        for (facet, values) in &filters.facets {
            let Some(column) = self.facet(*facet, wants) else { continue };
            let wanted: Vec<u32> =
                values.iter().filter_map(|value| self.facet_value(*facet, value, wants)).collect();
            for (doc, fail) in fails.iter_mut().enumerate() {
                if !column.of(doc as u32).iter().any(|id| wanted.contains(id)) {
                    *fail |= 1 << *facet as u16;
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

    /// Counts of every facet under all filters but its own.
    pub(super) fn facet_counts(
        &self,
        list: &[(u32, f32)],
        filters: &Filters,
        fails: &[u16],
        wants: &Wants,
    ) -> Vec<FacetCounts> {
        let mut out = Vec::new();
        for facet in Facet::ALL {
            let Some(column) = self.facet(facet, wants) else { continue };
            let own = 1 << facet as u16;
            let mut counts = vec![0_usize; column.values.len()];
            for (doc, _) in list {
                if fails.get(*doc as usize).copied().unwrap_or(0) & !own == 0 {
                    column.of(*doc).iter().for_each(|id| counts[*id as usize] += 1);
                }
            }
            let chosen: Vec<u32> = filters
                .facets
                .get(&facet)
                .into_iter()
                .flatten()
                .filter_map(|value| self.facet_value(facet, value, wants))
                .collect();
            let is_chosen = |at: u32| chosen.contains(&at);
            let mut order: Vec<u32> = (0..column.values.len() as u32).collect();
            let key = |at: &u32| (is_chosen(*at), counts[*at as usize], column.counts[*at as usize]);
            sort(&mut order, |a, b| key(b).cmp(&key(a)).then(a.cmp(b)));
            order.truncate(FACET_VALUES);
            let values = order.iter().map(|at| FacetCount {
                value: column.values[*at as usize].clone(),
                count: counts[*at as usize],
                of: column.counts[*at as usize] as usize,
                chosen: is_chosen(*at),
            });
            let (values, n_values) = (values.collect(), column.values.len());
            out.push(FacetCounts { facet, values, n_values });
        }
        out
    }

    /// Datasets with data in each of `bins` equal spans: all, and the hits without their time filter.
    pub(super) fn histogram(
        &self,
        list: &[(u32, f32)],
        fails: &[u16],
        bins: usize,
        wants: &Wants,
    ) -> Option<Histogram> {
        let extents = self.extents(wants)?;
        let (start, end) = self.time()?;
        let days = i64::from(end) - i64::from(start) + 1;
        let bins = bins.min(days.max(1) as usize).min(2000);
        let bin_of = |day: Day| {
            (((i64::from(day) - i64::from(start)).clamp(0, days - 1)) * bins as i64 / days) as usize
        };
        let count = |docs: &mut dyn Iterator<Item = u32>| {
            // Steps up and down, then their running sum.
            let mut steps = vec![0_i64; bins + 1];
            for doc in docs {
                if let Some((from, to)) = extents.rows.get(doc as usize).and_then(|row| row.time) {
                    steps[bin_of(from)] += 1;
                    steps[bin_of(to) + 1] -= 1;
                }
            }
            let mut sum = 0;
            steps[..bins]
                .iter()
                .map(|step| {
                    sum += step;
                    sum.max(0) as usize
                })
                .collect::<Vec<_>>()
        };
        let all = count(&mut (0..self.len() as u32));
        let here = |doc: &u32| fails.get(*doc as usize).copied().unwrap_or(0) & !TIME == 0;
        let hits = count(&mut list.iter().map(|one| one.0).filter(here));
        Some(Histogram { start, end, all, hits })
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
        let wrap = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
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
