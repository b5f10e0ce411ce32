//! What of each type is sent, in this order.

use pinfold_core::explore::{Indices, Mode, view_state};
use pinfold_core::gateways::health::Health;

use super::super::wire::{self, wire};
use super::*;

impl Wire for Indices {
    fn write(&self, out: &mut Vec<u8>) {
        match *self {
            Self::At(index) => (index, None),
            Self::Range(start, end) => (start, Some(end)),
        }
        .write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        match Wire::read(input) {
            (index, None) => Self::At(index),
            (start, Some(end)) => Self::Range(start, end),
        }
    }
}

/// What the page shows of it.
impl Wire for Health {
    fn write(&self, out: &mut Vec<u8>) {
        self.blocks.write(out);
        self.bytes.write(out);
        self.busy_ms.write(out);
        self.latency_ms.write(out);
        self.failures.write(out);
        self.not_here.write(out);
        self.given_up.write(out);
        self.last_failure.write(out);
        self.lied.write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        let mut health = Self::default();
        health.blocks = Wire::read(input);
        health.bytes = Wire::read(input);
        health.busy_ms = Wire::read(input);
        health.latency_ms = Wire::read(input);
        health.failures = Wire::read(input);
        health.not_here = Wire::read(input);
        health.given_up = Wire::read(input);
        health.last_failure = Wire::read(input);
        health.lied = Wire::read(input);
        health
    }
}

wire! { enum Kind { 0 Origin {} 1 Gateway {} 2 Added {} 3 Local {} _ Peer {} } }
wire! { struct SourceStatus { name, kind, health } }
wire! { struct Gesture { shift_px, factor, at_px } }
wire! { enum Mode { 0 Picture {} _ Table {} } }
wire! {
    enum view_state::Kind {
        0 Auto {} 1 Line {} 2 Profile {} 3 Curtain {} 4 Track {} 5 Map {} 6 Histogram {} _ Scatter {}
    }
}
wire! { struct ViewState { variables, indices, kind, mode, colors, log } }
wire! { struct Proof { blocks, bytes } }
wire! { struct CacheStatus { available, blocks, bytes, budget_bytes } }
wire! { enum Failure { 0 NotThere {} 1 Unreachable {} 2 Corrupt {} _ Unsupported {} } }
wire! { struct Trouble { failure, message, details } }
wire! { struct Statistics { variable, units, thinned, count, missing, min, max, mean, std, meanings } }
wire! { struct Slider { dimension, length, at, label } }
wire! { struct Plot { svg, kind, caption, zooms } }
wire! {
    enum ToWorker {
        0 Open { cid, origin, gateways, meta_car, folder }
        1 Show { id, view, width_px, allowed_bytes }
        2 Cancel {}
        3 Probe { id, plot, x_px, y_px }
        4 Zoom { id, plot, from_px, to_px }
        5 Move { id, plot, gesture }
        6 Settle { id, plot, gesture }
        7 Table { id, first_row, rows }
        8 Export { id, format, plot }
        9 Code { id }
        10 File { id, path, limit_bytes }
        11 Take { form, path, name }
        12 StopTaking {}
        13 AddGateway { address, kind }
        14 PeerOff {}
        _ ClearCache {}
    }
}
wire! {
    enum FromWorker {
        0 Opened { problems, hashes_natively, structure }
        1 Progress { id, done, total, done_bytes, total_bytes }
        2 Cost { id, bytes, parts }
        3 Shown { id, plots, statistics, sliders, view }
        4 Probed { id, plot, lines }
        5 Moved { id, plot, gesture, svg }
        6 Zoomed { view }
        7 Rows { id, head, first_row, total_rows, rows }
        8 Code { id, shell, r }
        9 File { name, media_type, show }
        10 Taken { name, bytes, done, failed }
        11 Closed { trouble }
        12 Failed { id, trouble }
        13 Still { id, trouble }
        14 NotTaken { reason }
        15 Gateway { refused }
        _ Sources { sources, cache, proof, structure_blocks }
    }
}
