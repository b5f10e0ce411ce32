//! Lines, profiles, scatter plots and histograms.

use super::*;

const SERIES: Tone = Tone::Series(0);

/// Points with the values that the axes say; parts of the line are apart.
fn read(scene: &Scene, log: bool) -> Vec<Vec<(f64, f64)>> {
    let panel = &scene.panels[0];
    let (x, y) = (Axis::below(scene, panel), Axis::left(scene, panel, log));
    x.is_straight();
    y.is_straight();
    let points = line(scene, SERIES);
    let parts = points.split(|point| point[0].is_nan() || point[1].is_nan());
    parts
        .filter(|part| !part.is_empty())
        .map(|part| part.iter().map(|[a, b]| (x.value(*a), y.value(*b))).collect())
        .collect()
}

#[track_caller]
fn same(found: &[Vec<(f64, f64)>], wanted: &[&[(f64, f64)]], slack: (f64, f64)) {
    assert_eq!(
        found.iter().map(Vec::len).collect::<Vec<_>>(),
        wanted.iter().map(|part| part.len()).collect::<Vec<_>>(),
        "{found:?}"
    );
    for (found, wanted) in found.iter().flatten().zip(wanted.iter().copied().flatten()) {
        near(found.0, wanted.0, slack.0);
        near(found.1, wanted.1, slack.1);
    }
}

#[test]
fn a_line_goes_through_its_values_and_gaps_stay_gaps() {
    let x = quantity("distance", "km", &[0.0, 10.0, 20.0, 30.0, 45.0, 50.0]);
    let y = quantity("ta", "K", &[280.0, 284.5, f64::NAN, 271.25, 275.0, 279.0]);
    let scene = draw(&PlotData::Series { x, y: vec![y] }, &Options::default());
    same(
        &read(&scene, false),
        &[&[(0.0, 280.0), (10.0, 284.5)], &[(30.0, 271.25), (45.0, 275.0), (50.0, 279.0)]],
        (0.1, 0.05),
    );
    // Larger is higher, later is farther right.
    let points = line(&scene, SERIES);
    assert!(points[1][1] < points[0][1] && points[1][0] > points[0][0], "{points:?}");
    // As a file: two pieces, of which none leads over the gap.
    let file = svg::write(&scene, svg::Placement::File, "q");
    let path = file
        .split("<path")
        .find(|path| path.contains("fill=\"none\"") || path.contains("class=\""))
        .is_some();
    assert!(path, "{file}");
    let drawn = file
        .split(" d=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .max_by_key(|d| d.matches(['l', 'L']).count());
    assert_eq!(drawn.unwrap().matches('M').count(), 2, "{drawn:?}");
}

#[test]
fn time_is_even_and_every_line_has_the_axis_of_its_unit() {
    let hour = 3600.0;
    let x = Quantity {
        kind: QuantityKind::Time,
        ..quantity("time", "", &[0.0, 6.0 * hour, 12.0 * hour, 24.0 * hour])
    };
    let warm = quantity("ta", "K", &[280.0, 290.0, 285.0, 280.0]);
    let wet = quantity("rh", "%", &[20.0, 80.0, 50.0, 20.0]);
    let scene = draw(&PlotData::Series { x, y: vec![warm, wet] }, &Options::default());
    assert_eq!(scene.panels.len(), 2);
    let lines: Vec<&Vec<[f32; 2]>> = items(&scene)
        .into_iter()
        .filter_map(|item| match item {
            Item::Line { points, tone: SERIES, .. } => Some(points),
            _ => None,
        })
        .collect();
    for ((panel, points), wanted) in
        scene.panels.iter().zip(lines).zip([[280.0, 290.0, 285.0], [20.0, 80.0, 50.0]])
    {
        let y = Axis::left(&scene, panel, false);
        for (at, wanted) in wanted.into_iter().enumerate() {
            near(y.value(points[at][1]), wanted, 0.2);
            let part = (points[at][0] - panel.rect.x) / panel.rect.width;
            near(f64::from(part), at as f64 / 4.0, 1e-3);
        }
    }
    // The ticks of the calendar stand at whole hours.
    let panel = &scene.panels[1];
    let ticks: Vec<f64> = items(&scene)
        .into_iter()
        .filter_map(|item| match item {
            Item::Text(text) if text.at[1] == panel.rect.bottom() + 18.0 && text.anchor == Anchor::Middle => {
                Some(f64::from((text.at[0] - panel.rect.x) / panel.rect.width) * 24.0)
            }
            _ => None,
        })
        .collect();
    assert!(ticks.len() >= 3, "{ticks:?}");
    for hours in ticks {
        near(hours, hours.round(), 0.01);
    }
}

#[test]
fn a_logarithmic_axis_has_its_decades_at_equal_distances() {
    let x = quantity("n", "", &[0.0, 1.0, 2.0, 3.0]);
    let y = quantity("count", "cm-3", &[1.0, 1000.0, 31.6228, 100.0]);
    let options = Options { log: true, ..Options::default() };
    let scene = draw(&PlotData::Series { x: x.clone(), y: vec![y] }, &options);
    let found = read(&scene, true);
    for ((_, found), wanted) in found[0].iter().zip([1.0, 1000.0, 31.6228, 100.0]) {
        near(found / wanted, 1.0, 0.01);
    }
    let axis = Axis::left(&scene, &scene.panels[0], true);
    let at =
        |wanted: f64| axis.ticks.iter().find(|(_, value)| *value == wanted).expect("a tick of the decade").0;
    near(f64::from(at(1.0) - at(10.0)), f64::from(at(10.0) - at(100.0)), 0.01);
    near(f64::from(at(10.0) - at(100.0)), f64::from(at(100.0) - at(1000.0)), 0.01);
    // Half of the way in pixels is the geometric mean.
    near(axis.value(f32::midpoint(at(1.0), at(1000.0))), 31.6228, 0.01);
    // What has no logarithm makes the axis linear, not the values wrong.
    let below = quantity("count", "cm-3", &[-10.0, 0.0, 50.0, 100.0]);
    let scene = draw(&PlotData::Series { x, y: vec![below] }, &options);
    same(&read(&scene, false), &[&[(0.0, -10.0), (1.0, 0.0), (2.0, 50.0), (3.0, 100.0)]], (0.01, 0.3));
}

#[test]
fn a_profile_has_heights_upwards_and_pressure_downwards() {
    let values = [290.0, 280.0, f64::NAN, 240.0];
    let high = vertical("m", false, &[0.0, 500.0, 1000.0, 2000.0]);
    let scene = draw(
        &PlotData::Profile { vertical: high, values: vec![quantity("ta", "K", &values)] },
        &Options::default(),
    );
    // Two points, a gap, one point. Heights of two kilometres are written in kilometres or metres, as it fits.
    let found = read(&scene, false);
    let top = found[1][0].1;
    assert!(near_any(top, &[2000.0, 2.0]), "{found:?}");
    let factor = if top > 100.0 { 1.0 } else { 1e-3 };
    same(
        &found,
        &[&[(290.0, 0.0), (280.0, 500.0 * factor)], &[(240.0, 2000.0 * factor)]],
        (0.5, 10.0 * factor),
    );
    let points = line(&scene, SERIES);
    assert!(points[0][1] > points[1][1], "the ground is below: {points:?}");

    let low = vertical("Pa", true, &[100_000.0, 85_000.0, 70_000.0, 20_000.0]);
    let scene = draw(
        &PlotData::Profile { vertical: low, values: vec![quantity("ta", "K", &values)] },
        &Options::default(),
    );
    // In hectopascal, the largest below.
    same(&read(&scene, false), &[&[(290.0, 1000.0), (280.0, 850.0)], &[(240.0, 200.0)]], (0.5, 5.0));
    let points = line(&scene, SERIES);
    assert!(points[0][1] > points[1][1], "the ground is below: {points:?}");
}

fn near_any(found: f64, wanted: &[f64]) -> bool {
    wanted.iter().any(|wanted| (found - wanted).abs() < 0.02 * wanted)
}

#[test]
fn a_scatter_plot_has_a_point_for_each_pair() {
    let x = quantity("u", "m s-1", &[-5.0, 0.0, 7.5, f64::NAN, 10.0]);
    let y = quantity("rh", "%", &[10.0, 55.0, 30.0, 99.0, f64::NAN]);
    let scene = draw(&PlotData::Scatter { x, y }, &Options::default());
    let panel = &scene.panels[0];
    let (x, y) = (Axis::below(&scene, panel), Axis::left(&scene, panel, false));
    let dots = items(&scene).into_iter().find_map(|item| match item {
        Item::Dots { points, .. } => Some(points),
        _ => None,
    });
    let found: Vec<(f64, f64)> = dots.unwrap().iter().map(|[a, b]| (x.value(*a), y.value(*b))).collect();
    same(&[found], &[&[(-5.0, 10.0), (0.0, 55.0), (7.5, 30.0)]], (0.05, 0.5));
}

#[test]
fn bars_are_as_high_as_values_are_many_and_stand_over_them() {
    let values: Vec<f64> = [(2.25, 40), (5.75, 10), (9.25, 1)]
        .into_iter()
        .flat_map(|(value, times)| vec![value; times])
        .collect();
    let scene = draw(&PlotData::Histogram(quantity("ws", "m s-1", &values)), &Options::default());
    let panel = &scene.panels[0];
    let (x, y) = (Axis::below(&scene, panel), Axis::left(&scene, panel, false));
    let bars: Vec<Rect> = items(&scene)
        .into_iter()
        .filter_map(|item| match item {
            Item::Rect { rect, fill: Fill::Tone(SERIES) } => Some(*rect),
            _ => None,
        })
        .collect();
    assert_eq!(bars.len(), 3);
    for (bar, (value, times)) in bars.iter().zip([(2.25, 40.0), (5.75, 10.0), (9.25, 1.0)]) {
        near(y.value(bar.y), times, 0.2);
        near(y.value(bar.bottom()), 0.0, 0.01);
        near(f64::from(bar.height / bars[0].height), times / 40.0, 1e-3);
        // A class holds its lower end.
        let (from, to) = (x.value(bar.x - 0.5), x.value(bar.right() + 0.5));
        assert!(from <= value + 1e-3 && value < to, "{value} is not in {from} to {to}");
    }
}
