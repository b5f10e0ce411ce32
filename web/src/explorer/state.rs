//! What the explorer knows, in slots; everything that is shown is made from here.

use pinfold_core::explore::ViewState;
use pinfold_core::explore::session::Gesture;
use pinfold_core::gateways::SourceStatus;
use pinfold_core::model::FileEntry;

use super::protocol::{CacheStatus, Plot, Proof, Slider, Statistics, Trouble};
use super::slot::Slot;

/// Loaded without asking: what a phone's connection brings in a few seconds.
pub(super) const ALLOWED_BYTES: u64 = 16_000_000;

/// Which of the four states `data-state` tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was asked for.
    #[default]
    Idle,
    /// Data are on their way.
    Loading,
    /// The picture is drawn.
    Ready,
    /// It cannot be drawn.
    Failed,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

/// How far a view is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Progress {
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) done_bytes: u64,
    pub(super) total_bytes: u64,
}

impl Progress {
    pub(super) fn share(self) -> f64 {
        if self.total == 0 { 0.0 } else { self.done as f64 / self.total as f64 }
    }
}

/// A piece of the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) head: Vec<String>,
    pub(super) first_row: u64,
    pub(super) total_rows: u64,
    pub(super) rows: Vec<Vec<String>>,
}

/// Where blocks came from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Origins {
    pub(super) sources: Vec<SourceStatus>,
    pub(super) cache: Option<CacheStatus>,
    pub(super) proof: Proof,
    pub(super) structure_blocks: u64,
}

/// A file of a folder dataset as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Preview {
    pub(super) path: String,
    pub(super) shown: Shown,
}

/// How a file is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shown {
    /// As text, and whether it was cut.
    Text(String, bool),
    /// A picture at this address.
    Image(String),
    /// A film at this address.
    Video(String),
}

/// How the peer in this page is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Power {
    /// It is off, and nothing of it is loaded or open.
    #[default]
    Off,
    /// It dials.
    Starting,
    /// Each address was reached or not.
    On,
}

/// The peer in this page.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PeerState {
    pub(super) power: Power,
    /// A line for each address, or why it did not start.
    pub(super) lines: Vec<String>,
}

impl PeerState {
    pub(super) fn new(power: Power, lines: Vec<String>) -> Self {
        Self { power, lines }
    }
}

/// What `site.json` says about peers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Settings {
    /// Addresses of peers that are known to have the data.
    pub(super) peers: Vec<String>,
    /// A router that may be asked who has the data.
    pub(super) router: Option<String>,
}

/// A variable in the tree, from `record.json`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TreeItem {
    pub(super) name: String,
    pub(super) meaning: String,
    pub(super) units: String,
    pub(super) group: &'static str,
    pub(super) dimensions: String,
    pub(super) stored_bytes: Option<u64>,
    pub(super) unsupported: Option<String>,
}

/// Everything together. Copy: slots are handles.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) stage: Slot<Stage>,
    pub(super) view: Slot<ViewState>,
    pub(super) tree: Slot<Vec<TreeItem>>,
    /// What is looked for in the tree.
    pub(super) wanted: Slot<String>,
    pub(super) progress: Slot<Progress>,
    pub(super) cost: Slot<Option<(u64, u64)>>,
    pub(super) plots: Slot<Vec<Plot>>,
    /// A picture that a hand is moving and that is drawn when the hand rests only, with what the hand did.
    pub(super) live: Slot<Option<(usize, Gesture)>>,
    pub(super) statistics: Slot<Vec<Statistics>>,
    pub(super) sliders: Slot<Vec<Slider>>,
    pub(super) rows: Slot<Option<Rows>>,
    pub(super) reading: Slot<Option<(usize, f64, f64, Vec<String>)>>,
    pub(super) trouble: Slot<Option<Trouble>>,
    pub(super) notes: Slot<Vec<String>>,
    pub(super) origins: Slot<Origins>,
    pub(super) peer: Slot<PeerState>,
    pub(super) settings: Slot<Settings>,
    /// What becomes of a gateway that is added, or why it is not asked.
    pub(super) gateway: Slot<String>,
    pub(super) announced: Slot<String>,
    /// Of a folder dataset, by `record.json`.
    pub(super) files: Slot<Vec<FileEntry>>,
    /// The view as code for the command line and as R, once somebody has asked for it.
    pub(super) code: Slot<Option<[String; 2]>>,
    /// The file that is looked at.
    pub(super) preview: Slot<Option<Preview>>,
    /// Bytes of the whole dataset.
    pub(super) size_bytes: Slot<u64>,
    /// Name, bytes written so far, bytes expected.
    pub(super) taking: Slot<Option<(String, u64, u64)>>,
    /// What became of it.
    pub(super) notice: Slot<String>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            stage: Slot::new(Stage::Idle),
            view: Slot::new(ViewState::default()),
            tree: Slot::new(Vec::new()),
            wanted: Slot::new(String::new()),
            progress: Slot::new(Progress::default()),
            cost: Slot::new(None),
            plots: Slot::new(Vec::new()),
            live: Slot::new(None),
            statistics: Slot::new(Vec::new()),
            sliders: Slot::new(Vec::new()),
            rows: Slot::new(None),
            reading: Slot::new(None),
            trouble: Slot::new(None),
            notes: Slot::new(Vec::new()),
            origins: Slot::new(Origins::default()),
            peer: Slot::new(PeerState::default()),
            settings: Slot::new(Settings::default()),
            gateway: Slot::new(String::new()),
            announced: Slot::new(String::new()),
            files: Slot::new(Vec::new()),
            code: Slot::new(None),
            preview: Slot::new(None),
            size_bytes: Slot::new(0),
            taking: Slot::new(None),
            notice: Slot::new(String::new()),
        }
    }
}

/// Bytes as people read them: `8.3 MB`.
pub(super) fn bytes_text(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.2} GB", value / 1e9),
    }
}
