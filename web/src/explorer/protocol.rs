//! What page and worker say to each other: [`pack`] and [`unpack`] around `postMessage`; files and ports are
//! transferred beside it.
//!
//! Their bytes are those of [`Wire`]; what of each type is sent stands in `bytes`.

use pinfold_core::explore::ViewState;
use pinfold_core::explore::session::Gesture;
use pinfold_core::gateways::{Kind, SourceStatus};
use wasm_bindgen::{JsCast, JsValue};

use super::wire::{Input, Wire};

/// A message as it is posted.
pub(crate) fn pack(message: &impl Wire) -> JsValue {
    let mut bytes = Vec::new();
    message.write(&mut bytes);
    js_sys::Uint8Array::from(bytes.as_slice()).into()
}

/// A message as it came.
pub(crate) fn unpack<T: Wire>(data: JsValue) -> Option<T> {
    from_bytes(&data.dyn_into::<js_sys::Uint8Array>().ok()?.to_vec())
}

fn from_bytes<T: Wire>(bytes: &[u8]) -> Option<T> {
    let mut input = Input::new(bytes);
    let message = T::read(&mut input);
    input.is_good().then_some(message)
}

/// From the page to the worker.
#[derive(Debug, Clone)]
pub enum ToWorker {
    /// The first message: which dataset, and whom to ask. The page's own origin is probed before the others.
    Open {
        /// CID of the dataset.
        cid: String,
        /// Where the site is served: asked first when it is a gateway as well.
        origin: Option<String>,
        /// Gateways of `site.yaml`.
        gateways: Vec<String>,
        /// Address of `meta.car`.
        meta_car: Option<String>,
        /// Whether it is a folder of files, of which nothing can be drawn.
        folder: bool,
    },
    /// Draw this view.
    Show {
        /// Answers to older views are thrown away.
        id: u32,
        /// What to draw.
        view: ViewState,
        /// CSS pixels of the picture.
        width_px: u32,
        /// Load at most this much without asking.
        allowed_bytes: u64,
    },
    /// Stop what is loading.
    Cancel,
    /// What is under the pointer?
    Probe {
        /// The view.
        id: u32,
        /// Which of its pictures.
        plot: usize,
        /// CSS pixels from the picture's left.
        x_px: f64,
        /// CSS pixels from the picture's top.
        y_px: f64,
    },
    /// Show only what lies between these pixels.
    Zoom {
        /// The view.
        id: u32,
        /// Which of its pictures.
        plot: usize,
        /// CSS pixels from the picture's left.
        from_px: f64,
        /// CSS pixels from the picture's left.
        to_px: f64,
    },
    /// Draw the picture as a hand has moved it, out of what is at hand; answered by [`FromWorker::Moved`].
    Move {
        /// The view.
        id: u32,
        /// Which of its pictures.
        plot: usize,
        /// What the hand did.
        gesture: Gesture,
    },
    /// The hand rests: which view is this? Answered by [`FromWorker::Zoomed`].
    Settle {
        /// The view.
        id: u32,
        /// Which of its pictures.
        plot: usize,
        /// What the hand did.
        gesture: Gesture,
    },
    /// Numbers of the view from this row on.
    Table {
        /// The view.
        id: u32,
        /// First row.
        first_row: u64,
        /// How many.
        rows: u32,
    },
    /// The selection as a file.
    Export {
        /// The view.
        id: u32,
        /// `csv`, `json`, `nc`, `svg`, `png`.
        format: String,
        /// Which picture, of formats for pictures.
        plot: usize,
    },
    /// The selection as code for the command line and as R.
    Code {
        /// The view.
        id: u32,
    },
    /// One file of a folder dataset, to be looked at.
    File {
        /// Answers to older views are thrown away.
        id: u32,
        /// Its path.
        path: String,
        /// Load at most this much.
        limit_bytes: u64,
    },
    /// The whole dataset as `car` or `zip`, or one `file`, to disk: into the file handle beside the message, or kept
    /// by the browser until it is complete.
    Take {
        /// In which form.
        form: String,
        /// The file's path.
        path: String,
        /// What to call it.
        name: String,
    },
    /// Stop writing.
    StopTaking,
    /// Ask this gateway too.
    AddGateway {
        /// Its address.
        address: String,
        /// Entered by the visitor, or the own node.
        kind: Kind,
    },
    /// The peer was switched off.
    PeerOff,
    /// Forget the blocks that are kept in this browser.
    ClearCache,
}

/// What was proven so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proof {
    /// Blocks that were hashed in this browser and were what they should be.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What the browser's cache of blocks holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheStatus {
    /// Whether the browser lets the page keep anything.
    pub available: bool,
    /// Blocks held.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The most it will hold.
    pub budget_bytes: u64,
}

/// Why something cannot be shown: four different things with different next steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Proven by the directory: it does not exist.
    NotThere,
    /// Nobody delivered the blocks.
    Unreachable,
    /// Somebody delivered wrong bytes, and nobody the right ones.
    Corrupt,
    /// The blocks are right, but cannot be decoded or drawn here.
    Unsupported,
}

/// What failed, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// Which of the four.
    pub failure: Failure,
    /// What is the matter, in a sentence.
    pub message: String,
    /// What every source said.
    pub details: Vec<String>,
}

/// Numbers about one variable of the view.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    /// Its name.
    pub variable: String,
    /// Its units as written.
    pub units: String,
    /// In words, where they are not of every value of the selection.
    pub thinned: String,
    /// Values that are there.
    pub count: u64,
    /// Values that are missing.
    pub missing: u64,
    /// Smallest, formatted.
    pub min: String,
    /// Largest, formatted.
    pub max: String,
    /// Arithmetic mean, formatted.
    pub mean: String,
    /// Standard deviation (of the population), formatted.
    pub std: String,
    /// Of flags: how often each meaning occurs, instead of mean and deviation.
    pub meanings: Vec<(String, u64)>,
}

/// A further dimension that a slider moves along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slider {
    /// The dimension.
    pub dimension: String,
    /// Its length.
    pub length: u64,
    /// Where it stands.
    pub at: u64,
    /// What that is, e.g. `3 of 22, 11 August 2024`.
    pub label: String,
}

/// One picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// The picture as SVG; everything in it is escaped by `core::plot`.
    pub svg: String,
    /// Its kind by name.
    pub kind: String,
    /// What it shows.
    pub caption: String,
    /// Whether dragging along x zooms.
    pub zooms: bool,
}

/// From the worker to the page.
#[derive(Debug, Clone)]
pub enum FromWorker {
    /// The dataset's structure was read.
    Opened {
        /// Arrays that could not be understood, in words.
        problems: Vec<String>,
        /// Whether the browser's own SHA-256 is used.
        hashes_natively: bool,
        /// What is said of `meta.car` when it did not match.
        structure: Option<String>,
    },
    /// How far a view is.
    Progress {
        /// The view.
        id: u32,
        /// Parts that came.
        done: u64,
        /// All parts.
        total: u64,
        /// Bytes that came.
        done_bytes: u64,
        /// All bytes, as the directories say.
        total_bytes: u64,
    },
    /// More than was allowed: the visitor is asked first.
    Cost {
        /// The view.
        id: u32,
        /// Bytes to be loaded.
        bytes: u64,
        /// In so many parts.
        parts: u64,
    },
    /// The view is drawn.
    Shown {
        /// The view.
        id: u32,
        /// Pictures.
        plots: Vec<Plot>,
        /// Statistics of the selection.
        statistics: Vec<Statistics>,
        /// Sliders for dimensions without an axis.
        sliders: Vec<Slider>,
        /// The view as it was completed (which variables, which kind).
        view: ViewState,
    },
    /// What is under the pointer.
    Probed {
        /// The view.
        id: u32,
        /// Which of its pictures.
        plot: usize,
        /// Lines of text; empty when nothing is there.
        lines: Vec<String>,
    },
    /// A picture as it was moved.
    Moved {
        /// The view.
        id: u32,
        /// Which of its pictures.
        plot: usize,
        /// What the hand had done.
        gesture: Gesture,
        /// The picture; nothing where one of this kind is drawn only when the hand rests.
        svg: Option<String>,
    },
    /// The view between two pixels, or where a hand came to rest.
    Zoomed {
        /// The new view.
        view: ViewState,
    },
    /// A piece of the table.
    Rows {
        /// The view.
        id: u32,
        /// Column heads.
        head: Vec<String>,
        /// First row.
        first_row: u64,
        /// All rows.
        total_rows: u64,
        /// Cells.
        rows: Vec<Vec<String>>,
    },
    /// The selection as code.
    Code {
        /// The view.
        id: u32,
        /// For the command line.
        shell: String,
        /// R.
        r: String,
    },
    /// A file; its bytes come as `bytes` beside the message.
    File {
        /// What to call it.
        name: String,
        /// Its media type.
        media_type: String,
        /// Whether to show it (a folder's file) instead of saving it.
        show: bool,
    },
    /// How much was written; at the end the file comes as `blob` beside the message if there is no handle.
    Taken {
        /// What it is called.
        name: String,
        /// Bytes.
        bytes: u64,
        /// Whether that is all.
        done: bool,
        /// Why it ended before.
        failed: Option<String>,
    },
    /// The dataset cannot be opened.
    Closed {
        /// Why.
        trouble: Trouble,
    },
    /// A view, or the file that was to be looked at, cannot be shown.
    Failed {
        /// The view.
        id: u32,
        /// Why.
        trouble: Trouble,
    },
    /// The view's table cannot be made, or its picture cannot follow the hand; the picture stays as it is.
    Still {
        /// The view.
        id: u32,
        /// Why.
        trouble: Trouble,
    },
    /// The selection cannot be taken along.
    NotTaken {
        /// Why, for the place beside the buttons.
        reason: String,
    },
    /// What became of a gateway that was added.
    Gateway {
        /// Why it is not asked, for the place beside its field; nothing where it is.
        refused: String,
    },
    /// Where blocks came from so far.
    Sources {
        /// Gateways and peer.
        sources: Vec<SourceStatus>,
        /// The browser's cache.
        cache: CacheStatus,
        /// What was verified.
        proof: Proof,
        /// Blocks of `meta.car`.
        structure_blocks: u64,
    },
}

mod bytes;
#[cfg(test)]
mod tests;
