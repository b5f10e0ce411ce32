//! Curtains and gridded maps: colours at known places.

use super::*;

/// The picture's bitmap and where it is: not the colour bar, which has one column.
fn image(scene: &Scene) -> (Rect, u32, u32, Vec<u8>) {
    let found = items(scene).into_iter().find_map(|item| match item {
        Item::Image { rect, columns, rows, rgba } if *columns > 1 => {
            Some((*rect, *columns, *rows, rgba.clone()))
        }
        _ => None,
    });
    found.expect("a bitmap")
}

/// The colour at a pixel of the picture; `None` where nothing is.
fn color(scene: &Scene, [x, y]: [f32; 2]) -> Option<[u8; 3]> {
    let (rect, columns, rows, rgba) = image(scene);
    let place = |part: f32, count: u32| ((part * count as f32) as u32).min(count - 1) as usize;
    assert!(
        x >= rect.x && x <= rect.right() && y >= rect.y && y <= rect.bottom(),
        "{x} {y} is outside of {rect:?}"
    );
    let (column, row) = (place((x - rect.x) / rect.width, columns), place((y - rect.y) / rect.height, rows));
    let pixel = &rgba[(row * columns as usize + column) * 4..][..4];
    (pixel[3] == 255).then(|| [pixel[0], pixel[1], pixel[2]])
}

/// The pixel of a value, by the first and the last label.
fn px(axis: &Axis, value: f64) -> f32 {
    let ((first_px, first), (last_px, last)) = (axis.ticks[0], axis.ticks[axis.ticks.len() - 1]);
    first_px + ((value - first) / (last - first)) as f32 * (last_px - first_px)
}

/// The value that the colour bar writes beside a colour.
fn by_the_bar(scene: &Scene, rgb: [u8; 3]) -> f64 {
    let found = items(scene).into_iter().find_map(|item| match item {
        Item::Image { rect, columns: 1, rows, rgba } => Some((*rect, *rows, rgba.clone())),
        _ => None,
    });
    let (rect, rows, rgba) = found.expect("a colour bar");
    let labels = |text: &Text| {
        (text.anchor == Anchor::Start && text.at[0] == rect.right() + 7.0).then_some(text.at[1] - 4.5)
    };
    let axis = Axis::of(scene, labels, false);
    axis.is_straight();
    let row = rgba.chunks_exact(4).position(|pixel| pixel[..3] == rgb).expect("a colour of the bar");
    axis.value(rect.y + (row as f32 + 0.5) / rows as f32 * rect.height)
}

fn field(x: Quantity, y: Quantity, values: &[f32]) -> FieldData {
    FieldData {
        x,
        y,
        quantity: Quantity::named("Zh", "K"),
        values: values.to_vec(),
        selection: String::new(),
    }
}

/// Row by row of three columns; one is missing.
const VALUES: [f32; 9] = [10.0, 20.0, 30.0, 40.0, f32::NAN, 60.0, 70.0, 80.0, 90.0];

/// Every cell has the colour of its value at the place that the axes say, and what is missing is hatched.
#[track_caller]
fn check(scene: &Scene, x: &Axis, y: &Axis, xs: [f64; 3], ys: [f64; 3]) {
    for (at, value) in VALUES.into_iter().enumerate() {
        let place = [px(x, xs[at % 3]), px(y, ys[at / 3])];
        match color(scene, place) {
            Some(rgb) => near(by_the_bar(scene, rgb), f64::from(value), 0.5),
            None => assert!(value.is_nan(), "{value} is not drawn at {place:?}"),
        }
        assert_eq!(color(scene, place).is_none(), value.is_nan(), "{value} at {place:?}");
    }
    let hatched = items(scene).into_iter().any(|item| matches!(item, Item::Rect { fill: Fill::Hatch, .. }));
    assert!(hatched, "missing data are visibly missing");
}

#[test]
fn a_curtain_has_its_colours_in_place_and_heights_upwards() {
    let x = Quantity { kind: QuantityKind::Index, ..quantity("sonde", "", &[0.0, 1.0, 2.0]) };
    let high = vertical("m", false, &[100.0, 200.0, 300.0]);
    let scene = draw(&PlotData::Curtain(field(x.clone(), high, &VALUES)), &Options::default());
    let panel = &scene.panels[0];
    let axes = (Axis::below(&scene, panel), Axis::left(&scene, panel, false));
    check(&scene, &axes.0, &axes.1, [0.0, 1.0, 2.0], [100.0, 200.0, 300.0]);
    assert!(px(&axes.1, 300.0) < px(&axes.1, 100.0), "higher is above");
    // Descending coordinates are no other picture.
    let falling = vertical("m", false, &[300.0, 200.0, 100.0]);
    let rows: Vec<f32> = VALUES.chunks(3).rev().flatten().copied().collect();
    let again = draw(&PlotData::Curtain(field(x.clone(), falling, &rows)), &Options::default());
    check(&again, &axes.0, &axes.1, [0.0, 1.0, 2.0], [100.0, 200.0, 300.0]);

    let low = vertical("hPa", true, &[1000.0, 700.0, 400.0]);
    let scene = draw(&PlotData::Curtain(field(x, low, &VALUES)), &Options::default());
    let axis = Axis::left(&scene, &scene.panels[0], false);
    check(&scene, &axes.0, &axis, [0.0, 1.0, 2.0], [1000.0, 700.0, 400.0]);
    assert!(px(&axis, 400.0) < px(&axis, 1000.0), "less pressure is above");
}

/// Degrees below and left of a map.
fn degrees(scene: &Scene) -> (Axis, Axis) {
    let place = |east: bool, along: usize| {
        move |text: &Text| {
            let label: String = text.runs.iter().map(|run| run.text.as_str()).collect();
            let is_one = label.contains('°') && (label.ends_with(['E', 'W']) == east);
            is_one.then(|| if along == 0 { text.at[0] } else { text.at[1] - 4.5 })
        }
    };
    (Axis::of(scene, place(true, 0), false), Axis::of(scene, place(false, 1), false))
}

#[test]
fn a_grid_has_its_colours_in_place_and_north_above() {
    let longitudes = [-30.0, -20.0, -10.0];
    let lon = |values: &[f64]| Quantity {
        kind: QuantityKind::Longitude,
        ..quantity("lon", "degrees_east", values)
    };
    let lat = |values: &[f64]| Quantity {
        kind: QuantityKind::Latitude,
        ..quantity("lat", "degrees_north", values)
    };
    let options = Options { height: 480.0, ..Options::default() };
    let scene = draw(&PlotData::Grid(field(lon(&longitudes), lat(&[10.0, 20.0, 30.0]), &VALUES)), &options);
    let (x, y) = degrees(&scene);
    x.is_straight();
    y.is_straight();
    check(&scene, &x, &y, longitudes, [10.0, 20.0, 30.0]);
    assert!(px(&y, 30.0) < px(&y, 10.0), "north is above");
    assert!(px(&x, -10.0) > px(&x, -30.0), "east is right");
    // From north to south, and counted to 360: the same picture.
    let rows: Vec<f32> = VALUES.chunks(3).rev().flatten().copied().collect();
    let turned = field(lon(&longitudes.map(|lon| lon + 360.0)), lat(&[30.0, 20.0, 10.0]), &rows);
    let again = draw(&PlotData::Grid(turned), &options);
    let (x, y) = degrees(&again);
    check(&again, &x, &y, longitudes, [10.0, 20.0, 30.0]);
}

#[test]
fn a_logarithmic_curtain_gives_each_decade_as_many_colours() {
    let x = Quantity { kind: QuantityKind::Index, ..quantity("sonde", "", &[0.0, 1.0, 2.0]) };
    let one = field(x, vertical("m", false, &[100.0]), &[1.0, 10.0, 100.0]);
    let options = Options { log: true, ..Options::default() };
    let scene = draw(&PlotData::Curtain(one), &options);
    let axis = Axis::below(&scene, &scene.panels[0]);
    let table = ColorMap::Tide.table();
    let (rect, ..) = image(&scene);
    let index = |value: f64| {
        let rgb = color(&scene, [px(&axis, value), rect.y + rect.height / 2.0]).expect("a colour");
        table.iter().position(|known| *known == rgb).expect("a colour of the map")
    };
    assert_eq!([index(0.0), index(1.0), index(2.0)], [0, COLORS / 2, COLORS - 1]);
}
