//! The demo catalogue's datasets through the explorer, natively.

use expect_test::expect;
use futures::executor::block_on;
use serde_json::Value;

use super::*;
use crate::block::MemoryBlocks;
use crate::explore::Mode;
use crate::unixfs::UnixfsStore;

fn expected() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo/expected.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Part of a title, a variable, and the picture that it gets.
const CASES: [(&str, &str, &str); 4] = [
    ("weather station", "air_temperature", "line"),
    ("Cloud radar", "Zh", "curtain"),
    ("dropsondes", "rh", "curtain"),
    ("in-situ", "q", "line"),
];

/// The dataset of the demo with this CID, or the first whose title contains `part`.
fn dataset(part: &str) -> (Cid, Value) {
    let expected = expected();
    let datasets = expected["datasets"].as_object().unwrap();
    let title = |one: &Value| one["title"].as_str().unwrap_or_default().to_owned();
    let (cid, found) = datasets
        .iter()
        .find(|(cid, one)| cid.as_str() == part || title(one).contains(part))
        .unwrap_or_else(|| panic!("{part}"));
    (cid.parse().unwrap(), found.clone())
}

fn session(part: &str) -> (Session, Value) {
    let car = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo/demo.car")).unwrap();
    let (blocks, _) = MemoryBlocks::from_car("demo.car", car, &Limits::default()).unwrap();
    let (cid, found) = dataset(part);
    let store = UnixfsStore::new(Arc::new(blocks), cid, Limits::default());
    (block_on(Session::open(Arc::new(store), cid)).unwrap(), found)
}

fn show(session: &mut Session, fragment: &str) -> Result<Vec<Picture>, ExploreError> {
    let view = ViewState::parse(fragment).unwrap();
    block_on(async {
        let plan = session.plan(&view).await?;
        assert!(plan.cost.reads > 0 && plan.cost.stored_bytes > 0, "{:?}", plan.cost);
        session.show(plan, 800).await
    })
}

/// Statistics of one variable equal what xarray computed.
fn check(part: &str, variable: &str, kind: &str) {
    let (mut session, expected) = session(part);
    let pictures = show(&mut session, &format!("#explore?variable={variable}")).unwrap();
    assert!(
        pictures.iter().any(|picture| picture.kind == kind),
        "{:?}",
        pictures.iter().map(|p| &p.kind).collect::<Vec<_>>()
    );
    let statistics = session.statistics();
    let found = statistics.iter().find(|one| one.variable == variable).unwrap();
    let wanted = &expected["variables"][variable];
    assert_eq!(found.count, wanted["valid_count"].as_u64().unwrap(), "{variable}");
    assert_eq!(found.missing, wanted["missing"].as_u64().unwrap(), "{variable}");
    let sum = found.mean * found.count as f64;
    for (name, value) in [("min", found.min), ("max", found.max), ("sum", sum), ("std", found.std)] {
        let wanted = wanted[name].as_f64().unwrap();
        assert!((value - wanted).abs() <= wanted.abs().max(1.0) * 1e-6, "{name} {value} {wanted}");
    }
}

#[test]
fn what_xarray_sees_is_drawn() {
    for (part, variable, kind) in CASES {
        check(part, variable, kind);
    }
}

#[test]
fn a_zoom_reads_less_and_survives_as_a_link() {
    let (mut session, _) = session(CASES[0].0);
    let pictures = show(&mut session, &format!("#explore?variable={}", CASES[0].1)).unwrap();
    assert!(pictures[0].zooms);
    let all = session.statistics()[0].count + session.statistics()[0].missing;
    let view = session.zoom(0, 300.0, 400.0).expect("a part of the axis");
    show(&mut session, &view.to_fragment()).unwrap();
    let part = session.statistics()[0].count + session.statistics()[0].missing;
    assert!(part < all && part > 1, "{part} of {all}");
    let lines = session.probe(0, 350.0, 80.0);
    assert!(lines.len() >= 2, "{lines:?}");
    assert!(session.probe(0, -5.0, -5.0).is_empty());
    let table = block_on(session.table(0, 5)).unwrap();
    assert_eq!(table.total_rows, part);
    assert_eq!(table.rows.len(), 5);
    assert_eq!(table.rows[0].len(), table.head.len());
    assert_eq!(view.mode, Mode::Picture);
    for format in ["csv", "json", "nc"] {
        assert!(block_on(session.export(format, 0)).unwrap().bytes.len() > 500, "{format}");
    }
}

#[test]
fn r_reads_what_is_on_screen() {
    let (mut session, _) = session("dropsondes");
    assert!(session.r("https://gateway.example").is_err());
    show(&mut session, "#explore?variable=rh&sonde=2:40").unwrap();
    let code = session.r("https://gateway.example").unwrap();
    expect![[r#"
         <- list(
          "altitude" = read("altitude", offset = c(0), count = c(461)),
          "rh" = read("rh", offset = c(2, 0), count = c(38, 461))
        )
    "#]]
    .assert_eq(code.split_once("selection").unwrap().1);
}

#[test]
fn statistics_say_where_they_are_not_of_every_value() {
    // 200 chunks of 100 doubles.
    let array = r#"{"zarr_format": 2, "shape": [20000], "chunks": [100], "dtype": "<f8", "compressor": null,
        "fill_value": "NaN", "order": "C", "filters": null}"#;
    let mut files = vec![
        (".zgroup".to_owned(), br#"{"zarr_format": 2}"#.to_vec()),
        ("ta/.zarray".to_owned(), array.as_bytes().to_vec()),
        ("ta/.zattrs".to_owned(), br#"{"_ARRAY_DIMENSIONS": ["time"]}"#.to_vec()),
    ];
    for chunk in 0..200 {
        let values = (0..100).flat_map(|at| f64::from(chunk * 100 + at).to_le_bytes());
        files.push((format!("ta/{chunk}"), values.collect()));
    }
    let store: crate::store::MemoryStore = files.into_iter().collect();
    let mut session = block_on(Session::open(Arc::new(store), "bafkqaaa".parse().unwrap())).unwrap();
    // A third of them may be decoded, so every chunk but one of four is left out.
    session.budget.decoded_bytes = 60_000;
    let pictures = show(&mut session, "#explore?variable=ta").unwrap();
    let one = session.statistics().remove(0);
    assert_eq!(one.thinned.as_deref(), Some("every 400th value"));
    assert_eq!((one.count, one.max), (50, 19_600.0));
    assert!(pictures[0].caption.contains("every 400th value"), "{}", pictures[0].caption);
    // A part that fits is read whole.
    show(&mut session, "#explore?variable=ta&time=100:1100").unwrap();
    let one = session.statistics().remove(0);
    assert_eq!((one.thinned, one.count, one.max), (None, 1_000, 1_099.0));
}

#[test]
fn a_variable_that_is_not_there_is_said_so() {
    let (mut session, _) = session(CASES[0].0);
    let error = show(&mut session, "#explore?variable=nonsense").unwrap_err();
    assert_eq!(error.why, Why::NotThere);
}

#[test]
fn without_a_variable_something_is_drawn_for_every_dataset() {
    let expected = expected();
    for (name, one) in expected["datasets"].as_object().unwrap() {
        // A folder of files.
        if one["variables"].as_object().is_none_or(serde_json::Map::is_empty) {
            continue;
        }
        let (mut session, _) = session(name);
        let pictures = show(&mut session, "#explore").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!pictures.is_empty(), "{name}");
    }
}

#[test]
fn a_zoom_reads_nothing_again_and_shows_the_same() {
    let (mut all, _) = session("weather station");
    show(&mut all, "#explore?variable=air_temperature").unwrap();
    let (mut part, _) = session("weather station");
    let wanted = show(&mut part, "#explore?variable=air_temperature&time=1000:3000").unwrap();
    let read = Arc::clone(all.drawn[0].held.full());
    let zoomed = show(&mut all, "#explore?variable=air_temperature&time=1000:3000").unwrap();
    assert_eq!(zoomed, wanted);
    assert_eq!(all.statistics(), part.statistics());
    assert!(Arc::ptr_eq(&read, all.drawn[0].held.full()), "it was read again");
    // What was not read is read.
    let whole = show(&mut part, "#explore?variable=air_temperature").unwrap();
    assert_eq!(whole, show(&mut all, "#explore?variable=air_temperature").unwrap());
}

#[test]
fn a_hand_moves_a_picture_by_as_much_as_it_moves() {
    let (mut session, _) = session("weather station");
    show(&mut session, "#explore?variable=air_temperature&time=2000:3000").unwrap();
    show(&mut session, "#explore?variable=air_temperature").unwrap();
    show(&mut session, "#explore?variable=air_temperature&time=2000:3000").unwrap();
    let wide_px = f64::from(session.drawn[0].scene.panels[0].rect.width);
    let range = |view: Option<ViewState>| match view.unwrap().indices.get("time") {
        Some(Indices::Range(from, to)) => (*from, *to),
        other => panic!("{other:?}"),
    };
    let still = Gesture { shift_px: 0.0, factor: 1.0, at_px: 300.0 };
    let (from, to) = range(session.settled(0, &Gesture { shift_px: wide_px / 2.0, ..still }));
    assert!(from.abs_diff(1500) <= 2 && (to - from).abs_diff(1000) <= 3, "{from}:{to}");
    // Not beyond the beginning, and twice as large about the middle.
    let (from, to) = range(session.settled(0, &Gesture { shift_px: wide_px * 20.0, ..still }));
    assert!(from == 0 && (to - from).abs_diff(1000) <= 3, "{from}:{to}");
    let middle = f64::from(session.drawn[0].scene.panels[0].rect.x) + wide_px / 2.0;
    let (from, to) = range(session.settled(0, &Gesture { factor: 2.0, at_px: middle, ..still }));
    assert!(from.abs_diff(2250) <= 2 && to.abs_diff(2750) <= 3, "{from}:{to}");
    let moved = session.moved(0, &Gesture { shift_px: 100.0, ..still }).unwrap();
    assert!(moved.starts_with("<svg") && moved.contains("<path"));
    // Of what was read in part only, by counting.
    let (mut part, _) = self::session("weather station");
    show(&mut part, "#explore?variable=air_temperature&time=2000:3000").unwrap();
    assert_eq!(range(part.settled(0, &Gesture { shift_px: -wide_px / 2.0, ..still })), (2500, 3500));
}

/// Blocks in memory, with the bytes that were asked for.
struct Counted {
    blocks: MemoryBlocks,
    bytes: std::sync::atomic::AtomicU64,
}

impl crate::block::BlockGet for Counted {
    fn block(
        &self,
        cid: Cid,
    ) -> crate::maybe_send::BoxFuture<'_, Result<crate::block::VerifiedBlock, crate::block::GetError>> {
        Box::pin(async move {
            let block = crate::block::BlockGet::block(&self.blocks, cid).await?;
            self.bytes.fetch_add(block.bytes().len() as u64, std::sync::atomic::Ordering::Relaxed);
            Ok(block)
        })
    }
}

#[test]
fn what_a_view_costs_is_known_before_anything_of_it_is_read() {
    let car = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo/demo.car")).unwrap();
    let (blocks, _) = MemoryBlocks::from_car("demo.car", car, &Limits::default()).unwrap();
    let (cid, _) = dataset("Cloud radar");
    let counted = Arc::new(Counted { blocks, bytes: Default::default() });
    let store = UnixfsStore::new(counted.clone(), cid, Limits::default());
    let session = block_on(Session::open(Arc::new(store), cid)).unwrap();
    let read = || counted.bytes.load(std::sync::atomic::Ordering::Relaxed);
    let before = read();
    let view = ViewState::parse("#explore?variable=Zh").unwrap();
    let plan = block_on(session.plan(&view)).unwrap();
    assert!(plan.cost.stored_bytes > 10_000, "{:?}", plan.cost);
    assert!(
        read() - before < plan.cost.stored_bytes / 5,
        "{} bytes read for {:?}",
        read() - before,
        plan.cost
    );
}
