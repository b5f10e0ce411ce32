//! Messages as bytes and back, and bytes that are none.

use pinfold_core::gateways::health::Health;

use super::*;

fn bytes(message: &impl Wire) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(&mut bytes);
    bytes
}

fn shown() -> FromWorker {
    let fragment = "#explore?variable=rh,iwv&sonde=0:40&alt=3&as=curtain&colors=dusk&view=table";
    let statistics = Statistics {
        variable: "rh".to_owned(),
        meanings: vec![("good".to_owned(), 7), ("bad".to_owned(), 1)],
        ..Statistics::default()
    };
    FromWorker::Shown {
        id: 3,
        plots: vec![Plot {
            svg: "<svg/>".repeat(9),
            kind: "map".to_owned(),
            caption: "Wärme".to_owned(),
            zooms: true,
        }],
        statistics: vec![statistics],
        sliders: Vec::new(),
        view: ViewState::parse(fragment).expect("an explorer link"),
    }
}

fn sources() -> FromWorker {
    let mut health = Health::default();
    health.latency_ms = Some(0.1);
    health.last_failure = Some("404".to_owned());
    health.lied = "bafkqabtimvwgy3yk".parse().ok();
    FromWorker::Sources {
        sources: vec![SourceStatus { name: "https://a.example".to_owned(), kind: Kind::Peer, health }],
        cache: CacheStatus::default(),
        proof: Proof { blocks: 1, bytes: 2 },
        structure_blocks: 0,
    }
}

/// Every message is read as it was written, and nothing else than it.
fn check<T: Wire + std::fmt::Debug>(message: &T) {
    let whole = bytes(message);
    let read: T = from_bytes(&whole).expect("a message");
    assert_eq!(format!("{read:?}"), format!("{message:?}"));
    for end in 0..whole.len() {
        assert!(from_bytes::<T>(&whole[..end]).is_none(), "cut after {end} bytes");
    }
    assert!(from_bytes::<T>(&[&whole[..], &[0]].concat()).is_none(), "one byte more");
}

#[test]
fn messages_survive() {
    check(&shown());
    check(&sources());
    check(&FromWorker::Opened { problems: vec!["a".to_owned()], hashes_natively: true, structure: None });
    let trouble =
        Trouble { failure: Failure::Unsupported, message: "none".to_owned(), details: vec![String::new()] };
    check(&FromWorker::Closed { trouble: trouble.clone() });
    check(&FromWorker::Failed { id: 0, trouble: trouble.clone() });
    check(&FromWorker::Still { id: 7, trouble });
    check(&FromWorker::NotTaken { reason: String::new() });
    check(&FromWorker::Gateway { refused: "none".to_owned() });
    let gesture = Gesture { shift_px: -0.5, factor: 2.0, at_px: f64::MAX };
    check(&ToWorker::Move { id: 1, plot: 2, gesture });
    check(&FromWorker::Code { id: 3, shell: String::new(), r: "library(sf)\n".to_owned() });
    check(&ToWorker::Code { id: 3 });
    check(&ToWorker::Cancel);
    check(&ToWorker::ClearCache);
    check(&ToWorker::AddGateway { address: "http://127.0.0.1:8080".to_owned(), kind: Kind::Local });
    check(&ToWorker::Open {
        cid: "bafkqabtimvwgy3yk".to_owned(),
        origin: Some(String::new()),
        gateways: vec!["https://a.example".to_owned(), "https://b.example".to_owned()],
        meta_car: None,
        folder: false,
    });
}

#[test]
fn foreign_bytes_are_no_message() {
    for message in [bytes(&shown()), bytes(&sources())] {
        for at in 0..message.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut wrong = message.clone();
                wrong[at] = value;
                // Any answer but a panic, or memory that a false length asks for.
                let _ = from_bytes::<FromWorker>(&wrong);
                let _ = from_bytes::<ToWorker>(&wrong);
            }
        }
    }
    assert!(from_bytes::<ToWorker>(&[]).is_none());
    assert!(from_bytes::<ToWorker>(&15_u64.to_le_bytes()).is_none(), "a variant that is not there");
}
