//! What the explorer knows, as signals; every component reads from here.

use leptos::prelude::*;
use pinfold_core::explore::ViewState;
use pinfold_core::explore::session::Gesture;
use pinfold_core::gateways::SourceStatus;
use pinfold_core::model::FileEntry;

use super::protocol::{Failure, Plot, Slider, Statistics};
use crate::transport::idb_cache::CacheStatus;
use crate::transport::page_blocks::Proof;

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

/// What failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trouble {
    pub(super) failure: Failure,
    pub(super) message: String,
    pub(super) details: Vec<String>,
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

/// Everything together. Copy: signals are handles.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) stage: RwSignal<Stage>,
    pub(super) view: RwSignal<ViewState>,
    pub(super) tree: RwSignal<Vec<TreeItem>>,
    pub(super) progress: RwSignal<Progress>,
    pub(super) cost: RwSignal<Option<(u64, u64)>>,
    pub(super) plots: RwSignal<Vec<Plot>>,
    /// A picture that a hand is moving and that is drawn when the hand rests only, with what the hand did.
    pub(super) live: RwSignal<Option<(usize, Gesture)>>,
    pub(super) statistics: RwSignal<Vec<Statistics>>,
    pub(super) sliders: RwSignal<Vec<Slider>>,
    pub(super) rows: RwSignal<Option<Rows>>,
    pub(super) reading: RwSignal<Option<(usize, f64, f64, Vec<String>)>>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
    pub(super) notes: RwSignal<Vec<String>>,
    pub(super) origins: RwSignal<Origins>,
    pub(super) peer: RwSignal<PeerState>,
    pub(super) settings: RwSignal<Settings>,
    pub(super) announced: RwSignal<String>,
    /// Of a folder dataset, by `record.json`.
    pub(super) files: RwSignal<Vec<FileEntry>>,
    pub(super) preview: RwSignal<Option<Preview>>,
    /// Bytes of the whole dataset.
    pub(super) size_bytes: RwSignal<u64>,
    /// Name, bytes written so far, bytes expected.
    pub(super) taking: RwSignal<Option<(String, u64, u64)>>,
    /// What became of it.
    pub(super) notice: RwSignal<String>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Idle),
            view: RwSignal::new(ViewState::default()),
            tree: RwSignal::new(Vec::new()),
            progress: RwSignal::new(Progress::default()),
            cost: RwSignal::new(None),
            plots: RwSignal::new(Vec::new()),
            live: RwSignal::new(None),
            statistics: RwSignal::new(Vec::new()),
            sliders: RwSignal::new(Vec::new()),
            rows: RwSignal::new(None),
            reading: RwSignal::new(None),
            trouble: RwSignal::new(None),
            notes: RwSignal::new(Vec::new()),
            origins: RwSignal::new(Origins::default()),
            peer: RwSignal::new(PeerState::default()),
            settings: RwSignal::new(Settings::default()),
            announced: RwSignal::new(String::new()),
            files: RwSignal::new(Vec::new()),
            preview: RwSignal::new(None),
            size_bytes: RwSignal::new(0),
            taking: RwSignal::new(None),
            notice: RwSignal::new(String::new()),
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
