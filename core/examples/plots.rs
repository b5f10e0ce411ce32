//! Draws one picture of each kind into a folder, to be looked at: `cargo run --example plots -- DIR`.

#![allow(missing_docs, clippy::unwrap_used)]

use pinfold_core::model::Extent;
use pinfold_core::plot::*;

fn main() {
    let dir = std::env::args().nth(1).unwrap();
    std::fs::create_dir_all(&dir).unwrap();
    let save = |name: &str, scene: &Scene| {
        let text = svg::write(scene, svg::Placement::File, "q");
        println!("{name}: {} bytes\n  {}\n  {}", text.len(), scene.title, scene.description);
        std::fs::write(format!("{dir}/{name}.svg"), text).unwrap();
    };
    let q = |name: &str, long: &str, units: &str, kind, values: Vec<f64>| Quantity {
        name: name.into(),
        long_name: Some(long.into()),
        units: units.into(),
        kind,
        positive_down: false,
        flags: Vec::new(),
        values,
    };
    let start = 1_770_206_520.0;
    let n = 9000;
    let t: Vec<f64> = (0..n).map(|i| start + f64::from(i)).collect();
    let mut seed = 1u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let ta: Vec<f64> = (0..n).map(|i| 285.0 + 12.0 * (f64::from(i) / 900.0).sin() + random()).collect();
    let td: Vec<f64> = (0..n).map(|i| 281.0 + 10.0 * (f64::from(i) / 900.0).sin() + random()).collect();
    let qv: Vec<f64> = (0..n)
        .map(|i| {
            if (3000..3400).contains(&i) {
                f64::NAN
            } else {
                0.008 + 0.006 * (f64::from(i) / 700.0).cos() + 0.0004 * random()
            }
        })
        .collect();
    let time = q("time", "time", "", QuantityKind::Time, t.clone());
    save(
        "series",
        &draw(
            &PlotData::Series {
                x: time.clone(),
                y: vec![
                    q("ta", "air temperature", "K", QuantityKind::Number, ta.clone()),
                    q("td", "dew point temperature", "K", QuantityKind::Number, td),
                    q("q", "specific humidity", "kg kg-1", QuantityKind::Number, qv.clone()),
                ],
            },
            &Options { height: 400.0, ..Options::default() },
        ),
    );
    let z: Vec<f64> = (0..460).map(|i| f64::from(i) * 20.0).collect();
    save(
        "profile",
        &draw(
            &PlotData::Profile {
                vertical: q("alt", "altitude above mean sea level", "m", QuantityKind::Vertical, z.clone()),
                values: vec![
                    q(
                        "ta",
                        "air temperature",
                        "K",
                        QuantityKind::Number,
                        z.iter().map(|z| 300.0 - 0.0065 * z + random()).collect(),
                    ),
                    q(
                        "u",
                        "eastward wind",
                        "m s-1",
                        QuantityKind::Number,
                        z.iter().map(|z| -9.0 + z / 600.0 + 2.0 * random()).collect(),
                    ),
                    q(
                        "rh",
                        "relative humidity",
                        "1",
                        QuantityKind::Number,
                        z.iter()
                            .map(|z| {
                                if *z > 4000.0 && *z < 4800.0 {
                                    f64::NAN
                                } else {
                                    0.8 * (-z / 4000.0).exp() + 0.1 * random()
                                }
                            })
                            .collect(),
                    ),
                ],
            },
            &Options { height: 420.0, ..Options::default() },
        ),
    );
    let ct: Vec<f64> =
        (0..2077).filter(|i| !(1100..1180).contains(i)).map(|i| start + f64::from(i) * 40.0).collect();
    let h: Vec<f64> = (0..150).map(|i| 200.0 + f64::from(i) * 40.0).collect();
    let mut values = Vec::new();
    for y in &h {
        for x in &ct {
            let c = ((x / 4000.0).sin() + 1.0) * 1500.0 + 600.0;
            values.push(if *y > 600.0 && *y < c {
                (-30.0 + y / 100.0 + 4.0 * random()) as f32
            } else {
                f32::NAN
            });
        }
    }
    save(
        "curtain",
        &draw(
            &PlotData::Curtain(FieldData {
                x: q("time", "time", "", QuantityKind::Time, ct),
                y: q("height", "height above the sea", "m", QuantityKind::Vertical, h),
                quantity: q("Zh", "radar reflectivity", "dBZ", QuantityKind::Number, vec![]),
                values,
                selection: String::new(),
            }),
            &Options::default(),
        ),
    );
    let lat: Vec<f64> = (0..61).map(|i| 5.0 + f64::from(i) * 0.25).collect();
    let lon: Vec<f64> = (0..73).map(|i| -62.0 + f64::from(i) * 0.25).collect();
    let mut values = Vec::new();
    for a in &lat {
        for o in &lon {
            values.push(if *a < 8.0 && *o < -58.0 {
                f32::NAN
            } else {
                (302.0 - 0.01 * (a - 6.5) * (a - 6.5) + 0.5 * (o / 2.0).sin()) as f32
            });
        }
    }
    save(
        "grid",
        &draw(
            &PlotData::Grid(FieldData {
                x: q("lon", "longitude", "degrees_east", QuantityKind::Longitude, lon),
                y: q("lat", "latitude", "degrees_north", QuantityKind::Latitude, lat),
                quantity: q("sst", "sea surface temperature", "K", QuantityKind::Number, vec![]),
                values,
                selection: "20 January 2026, 12:00 UTC".into(),
            }),
            &Options { height: 440.0, ..Options::default() },
        ),
    );
    let tl: Vec<f64> =
        (0..n).map(|i| -57.7 + 0.55 * (f64::from(i) / 800.0).sin() - f64::from(i) / 9000.0).collect();
    let ta2: Vec<f64> = (0..n).map(|i| 13.3 + 0.54 * (f64::from(i) / 800.0).cos()).collect();
    save(
        "track",
        &draw(
            &PlotData::Track {
                lon: tl.clone(),
                lat: ta2.clone(),
                value: Some(q("ta", "air temperature", "K", QuantityKind::Number, ta.clone())),
                connected: true,
            },
            &Options { height: 420.0, ..Options::default() },
        ),
    );
    save(
        "histogram",
        &draw(
            &PlotData::Histogram(q("q", "specific humidity", "kg kg-1", QuantityKind::Number, qv.clone())),
            &Options::default(),
        ),
    );
    save(
        "scatter",
        &draw(
            &PlotData::Scatter {
                x: q("ta", "air temperature", "K", QuantityKind::Number, ta),
                y: q("q", "specific humidity", "kg kg-1", QuantityKind::Number, qv),
            },
            &Options::default(),
        ),
    );
    let mut html = String::from(
        "<meta charset=utf-8><link rel=stylesheet href=tokens.css><body style='background:var(--paper);color:var(--ink)'>",
    );
    let cases = [
        (
            Some([-59.65, 7.6, -48.4, 13.8]),
            Some(
                serde_json::json!({"type":"LineString","coordinates":[[-59.65,13.1],[-57.0,13.2],[-52.2,10.9],[-48.4,7.6],[-54.5,11.2],[-59.65,13.1]]}),
            ),
        ),
        (
            Some([166.43, -22.6, -149.57, -17.52]),
            Some(
                serde_json::json!({"type":"LineString","coordinates":[[166.43,-22.3],[178.0,-20.6],[-175.6,-19.8],[-149.57,-17.52]]}),
            ),
        ),
        (Some([-62.0, 5.0, -44.0, 20.0]), None),
        (Some([-180.0, -90.0, 180.0, 90.0]), None),
        (
            Some([-57.06, 13.16, -57.06, 13.16]),
            Some(serde_json::json!({"type":"Point","coordinates":[-57.06,13.16]})),
        ),
        (Some([-170.0, 60.0, 20.0, 85.0]), None),
    ];
    for (bbox, geometry) in cases {
        let extent = Extent { bbox, geometry, ..Extent::default() };
        for (w, h, style) in [(360.0, 200.0, MapStyle::Page), (96.0, 64.0, MapStyle::Thumbnail)] {
            let text = map_svg(&extent, w, h, style).unwrap();
            println!("{style:?} {bbox:?}: {} bytes", text.len());
            html.push_str(&format!("<span style='display:inline-block;width:{w}px;border:1px solid var(--rule);margin:4px;line-height:0'>{text}</span>"));
        }
    }
    std::fs::write(format!("{dir}/maps.html"), html).unwrap();
    let n = 10_000_000;
    let x: Vec<f64> = (0..n).map(f64::from).collect();
    let y: Vec<f64> = (0..n).map(|i| (f64::from(i) / 3e5).sin() + random() * 0.1).collect();
    let data = PlotData::Series {
        x: q("i", "i", "1", QuantityKind::Number, x),
        y: vec![q("y", "y", "1", QuantityKind::Number, y)],
    };
    let clock = std::time::Instant::now();
    let levels = Levels::new(data);
    println!("levels of 10 million points: {:.1} ms", clock.elapsed().as_secs_f64() * 1e3);
    for x_range in [None, Some((4e6, 6e6)), Some((5e6, 5.1e6)), Some((5e6, 5.001e6))] {
        let options = Options { x_range, ..Options::default() };
        let clock = std::time::Instant::now();
        let _ = draw(levels.full(), &options);
        let full = clock.elapsed().as_secs_f64() * 1e3;
        let clock = std::time::Instant::now();
        let _ = draw(levels.best(&options), &options);
        println!(
            "10 million points, {x_range:?}: whole {full:.1} ms, thinned {:.2} ms",
            clock.elapsed().as_secs_f64() * 1e3
        );
    }
}
