//! Tables and files: a part of the program that is loaded when somebody asks for one. Whole datasets and files go to
//! disk piece by piece, so that memory stays flat ([`whole`]).
//!
//! [`answer`] returns a boxed future: only its pointer is in the part that is loaded first.

use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, select};
use pinfold_core::explore::session::{ExploreError, Why};
use pinfold_core::explore::snippets;
use pinfold_core::explore::taking::{Form, Taking};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::words::words_of;
use super::{REPORT_MS, Worker};
use crate::explorer::protocol::{self, FromWorker, ToWorker};

// Where bytes go: a file on disk that the visitor chose, else parts that the browser keeps outside of this module. Such a
// part is large, for the browser is waited for at each.
#[wasm_bindgen(inline_js = "
export const open_sink = async (handle) => handle ? { file: await handle.createWritable() } : { parts: [], room: new Uint8Array(8388608), at: 0 };
const pass = (sink) => { if (sink.at) sink.parts.push(new Blob([sink.room.subarray(0, sink.at)])); sink.at = 0; };
export const write_sink = (sink, head, body) => {
  const bytes = head.length + body.length;
  if (sink.file) return sink.file.write(new Blob([head, body]));
  if (sink.at + bytes > sink.room.length) pass(sink);
  if (bytes > sink.room.length) return void sink.parts.push(new Blob([head, body]));
  sink.room.set(head, sink.at);
  sink.room.set(body, sink.at + head.length);
  sink.at += bytes;
};
export const close_sink = async (sink) => { if (sink.file) await sink.file.close(); else { pass(sink); return new Blob(sink.parts); } };
export const abort_sink = ({ file }) => { file?.abort().catch(() => {}); };
")]
extern "C" {
    fn open_sink(handle: &JsValue) -> js_sys::Promise;
    // Both are the module's own memory: what is kept longer is copied. Nothing to wait for: `undefined`.
    fn write_sink(sink: &JsValue, head: &[u8], body: &[u8]) -> Option<js_sys::Promise>;
    fn close_sink(sink: &JsValue) -> js_sys::Promise;
    fn abort_sink(sink: &JsValue);
}

/// Throws away what was written so far when nobody waits for it any more.
struct AbortSink<'a> {
    sink: &'a JsValue,
}

impl Drop for AbortSink<'_> {
    fn drop(&mut self) {
        abort_sink(self.sink);
    }
}

/// Does what a message asks of this part.
pub(super) fn answer<'a>(
    worker: &'a Worker,
    message: &'a ToWorker,
    handle: JsValue,
) -> LocalBoxFuture<'a, Result<(), ExploreError>> {
    Box::pin(async move {
        match message {
            ToWorker::Table { id, first_row, rows } => table(worker, *id, *first_row, *rows).await,
            ToWorker::Export { format, plot, .. } => export(worker, format, *plot).await,
            ToWorker::Code { id } => code(worker, *id).await,
            ToWorker::File { path, limit_bytes, .. } => file(worker, path, *limit_bytes).await,
            ToWorker::Take { form, path, name } => whole(worker, form, path, name, handle).await,
            // Nothing else comes here.
            _ => Ok(()),
        }
    })
}

/// Rows of the view.
async fn table(worker: &Worker, id: u32, first_row: u64, rows: u32) -> Result<(), ExploreError> {
    let session = worker.session.lock().await;
    let session = session.as_ref().ok_or_else(ExploreError::undrawn)?;
    let table = session.table(first_row, rows).await?;
    worker.send(&FromWorker::Rows {
        id,
        head: table.head,
        first_row,
        total_rows: table.total_rows,
        rows: table.rows,
    });
    Ok(())
}

/// The view as code.
async fn code(worker: &Worker, id: u32) -> Result<(), ExploreError> {
    let session = worker.session.lock().await;
    let session = session.as_ref().ok_or_else(ExploreError::undrawn)?;
    let sources = worker.blocks.sources().status();
    let gateway = snippets::gateway(&sources);
    worker.send(&FromWorker::Code { id, shell: session.shell(gateway), r: session.r(gateway)? });
    Ok(())
}

/// The view as a file.
async fn export(worker: &Worker, format: &str, plot: usize) -> Result<(), ExploreError> {
    let session = worker.session.lock().await;
    let session = session.as_ref().ok_or_else(ExploreError::undrawn)?;
    // The page makes the PNG out of the SVG.
    let (format, ending) = if format == "png" { ("svg", "png") } else { (format, "") };
    let file = session.export(format, plot).await?;
    let head = FromWorker::File {
        name: if ending.is_empty() { file.name } else { file.name.replace(".svg", ".png") },
        media_type: file.media_type.to_owned(),
        show: false,
    };
    worker.send_file(&head, &file.bytes);
    Ok(())
}

/// One file, to be looked at.
async fn file(worker: &Worker, path: &str, limit_bytes: u64) -> Result<(), ExploreError> {
    // Until the sources are known.
    drop(worker.session.lock().await);
    let (unixfs, cid) = worker.unixfs().await?;
    let mut bytes = Vec::new();
    let mut taking = Taking::new(&unixfs, cid, Form::File(path.to_owned())).await?;
    while let Some(piece) = taking.next().await? {
        bytes.extend_from_slice(&piece.body);
        if bytes.len() as u64 > limit_bytes {
            let message = format!("{path} is too large to be shown here; save it instead.");
            return Err(ExploreError { why: Why::Unsupported, message, details: Vec::new() });
        }
    }
    worker.report_sources();
    worker.send_file(
        &FromWorker::File { name: path.to_owned(), media_type: String::new(), show: true },
        &bytes,
    );
    Ok(())
}

/// Writes the dataset (`form` is `car` or `zip`) or a file of it into `handle`, or into a blob that the page saves.
async fn whole(
    worker: &Worker,
    form: &str,
    path: &str,
    name: &str,
    handle: JsValue,
) -> Result<(), ExploreError> {
    let form = match form {
        "car" => Form::Car,
        "zip" => Form::Zip,
        _ => Form::File(path.to_owned()),
    };
    drop(worker.session.lock().await);
    let (unixfs, cid) = worker.unixfs().await?;
    let unwritten = |error: JsValue| ExploreError {
        why: Why::Unsupported,
        message: format!("the file cannot be written: {}", words_of(&error)),
        details: Vec::new(),
    };
    let sink = JsFuture::from(open_sink(&handle)).await.map_err(unwritten)?;
    let guard = AbortSink { sink: &sink };
    let mut expecting = std::pin::pin!(Taking::expect(&unixfs, cid, &form).fuse());
    let mut taking = Taking::new(&unixfs, cid, form.clone()).await?;
    let mut written = 0u64;
    let mut told = js_sys::Date::now();
    loop {
        let next = std::pin::pin!(taking.next());
        // What is expected comes while pieces are taken.
        let next = match select(&mut expecting, next).await {
            Either::Left(((), next)) => next.await,
            Either::Right((next, _)) => next,
        };
        let Some(piece) = next? else { break };
        written += piece.len() as u64;
        if let Some(writing) = write_sink(&sink, &piece.head, &piece.body) {
            JsFuture::from(writing).await.map_err(unwritten)?;
        }
        let now = js_sys::Date::now();
        // A clock that is set back tells too.
        if !(0.0..f64::from(REPORT_MS)).contains(&(now - told)) {
            told = now;
            worker.send(&FromWorker::Taken {
                name: name.to_owned(),
                bytes: written,
                done: false,
                failed: None,
            });
            worker.report_sources();
        }
    }
    let blob = JsFuture::from(close_sink(&sink)).await.map_err(unwritten)?;
    std::mem::forget(guard);
    worker.report_sources();
    let head = FromWorker::Taken { name: name.to_owned(), bytes: written, done: true, failed: None };
    let object = js_sys::Object::new();
    // Setting a property of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&object, &"head".into(), &protocol::pack(&head));
    let _ = js_sys::Reflect::set(&object, &"blob".into(), &blob);
    let _ = worker.scope.post_message(&object);
    Ok(())
}
