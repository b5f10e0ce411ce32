//! Tables and files: a part of the program that is loaded when somebody asks for one. Whole datasets and files go to
//! disk piece by piece, so that memory stays flat ([`whole`]).
//!
//! Every function returns a boxed future: only its pointer is in the part that is loaded first.

use std::rc::Rc;

use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, select};
use pinfold_core::explore::session::{ExploreError, Why};
use pinfold_core::explore::taking::{Form, Taking};
use pinfold_core::gateways::Kind;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::words::words_of;
use super::{REPORT_MS, Worker};
use crate::explorer::protocol::{self, FromWorker};

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

/// Rows of the view.
pub(super) fn table(worker: Rc<Worker>, id: u32, first_row: u64, rows: u32) -> LocalBoxFuture<'static, ()> {
    Box::pin(async move {
        let session = worker.session.lock().await;
        let Some(session) = &*session else { return };
        match session.table(first_row, rows).await {
            Ok(table) => worker.send(&FromWorker::Rows {
                id,
                head: table.head,
                first_row,
                total_rows: table.total_rows,
                rows: table.rows,
            }),
            Err(error) => worker.fail(id, error),
        }
    })
}

/// The first gateway of `site.yaml`, else the visitor's own.
fn gateway_of_site(worker: &Worker) -> String {
    let sources = worker.blocks.sources().status();
    let first = sources.into_iter().find(|source| source.kind == Kind::Gateway);
    first.map_or_else(|| "http://127.0.0.1:8080".to_owned(), |source| source.name)
}

/// The view as a file.
pub(super) fn export(
    worker: Rc<Worker>,
    id: u32,
    format: String,
    plot: usize,
) -> LocalBoxFuture<'static, ()> {
    Box::pin(async move {
        let session = worker.session.lock().await;
        let Some(session) = &*session else { return };
        // Code is looked at.
        if format == "R" {
            return match session.r(&gateway_of_site(&worker)) {
                Ok(code) => {
                    let head = FromWorker::File { name: format, media_type: String::new(), show: true };
                    worker.send_file(&head, code.as_bytes());
                }
                Err(error) => worker.fail(id, error),
            };
        }
        // The page makes the PNG out of the SVG.
        let (format, ending) = if format == "png" { ("svg", "png") } else { (format.as_str(), "") };
        match session.export(format, plot).await {
            Ok(file) => {
                let head = FromWorker::File {
                    name: if ending.is_empty() { file.name } else { file.name.replace(".svg", ".png") },
                    media_type: file.media_type.to_owned(),
                    show: false,
                };
                worker.send_file(&head, &file.bytes);
            }
            Err(error) => worker.fail(id, error),
        }
    })
}

/// One file, to be looked at.
pub(super) fn file(
    worker: Rc<Worker>,
    id: u32,
    path: String,
    limit_bytes: u64,
) -> LocalBoxFuture<'static, ()> {
    Box::pin(async move {
        // Until the sources are known.
        drop(worker.session.lock().await);
        let Some((unixfs, cid)) = worker.unixfs() else { return };
        let mut bytes = Vec::new();
        let read = async {
            let mut taking = Taking::new(&unixfs, cid, Form::File(path.clone())).await?;
            while let Some(piece) = taking.next().await? {
                bytes.extend_from_slice(&piece.body);
                if bytes.len() as u64 > limit_bytes {
                    let message = format!("{path} is too large to be shown here; save it instead.");
                    return Err(ExploreError { why: Why::Unsupported, message, details: Vec::new() });
                }
            }
            Ok(())
        };
        let answer = read.await;
        worker.report_sources();
        match answer {
            Ok(()) => {
                let head = FromWorker::File { name: path, media_type: String::new(), show: true };
                worker.send_file(&head, &bytes);
            }
            Err(error) => worker.fail(id, error),
        }
    })
}

/// Writes the dataset (`form` is `car` or `zip`) or a file of it into `handle`, or into a blob that the page saves.
pub(super) fn whole(
    worker: Rc<Worker>,
    form: String,
    path: String,
    name: String,
    handle: JsValue,
) -> LocalBoxFuture<'static, ()> {
    Box::pin(async move {
        let form = match form.as_str() {
            "car" => Form::Car,
            "zip" => Form::Zip,
            _ => Form::File(path),
        };
        drop(worker.session.lock().await);
        let Some((unixfs, cid)) = worker.unixfs() else { return };
        let mut written = 0u64;
        let work = async {
            let words = |error: JsValue| format!("the file cannot be written: {}", words_of(&error));
            let sink = JsFuture::from(open_sink(&handle)).await.map_err(words)?;
            let guard = AbortSink { sink: &sink };
            let said = |error: ExploreError| {
                if error.details.is_empty() {
                    error.message
                } else {
                    format!("{} {}", error.message, error.details.join("; "))
                }
            };
            let mut expecting = std::pin::pin!(Taking::expect(&unixfs, cid, &form).fuse());
            let mut taking = Taking::new(&unixfs, cid, form.clone()).await.map_err(said)?;
            let mut told = js_sys::Date::now();
            loop {
                let next = std::pin::pin!(taking.next());
                // What is expected comes while pieces are taken.
                let next = match select(&mut expecting, next).await {
                    Either::Left(((), next)) => next.await,
                    Either::Right((next, _)) => next,
                };
                let Some(piece) = next.map_err(said)? else { break };
                written += piece.len() as u64;
                if let Some(writing) = write_sink(&sink, &piece.head, &piece.body) {
                    JsFuture::from(writing).await.map_err(words)?;
                }
                let now = js_sys::Date::now();
                // A clock that is set back tells too.
                if !(0.0..f64::from(REPORT_MS)).contains(&(now - told)) {
                    told = now;
                    worker.send(&FromWorker::Taken {
                        name: name.clone(),
                        bytes: written,
                        done: false,
                        failed: None,
                    });
                    worker.report_sources();
                }
            }
            let blob = JsFuture::from(close_sink(&sink)).await.map_err(words)?;
            std::mem::forget(guard);
            Ok::<_, String>(blob)
        };
        let answer = work.await;
        worker.report_sources();
        let (blob, failed) = match answer {
            Ok(blob) => (blob, None),
            Err(reason) => (JsValue::UNDEFINED, Some(reason)),
        };
        let head = FromWorker::Taken { name, bytes: written, done: true, failed };
        let object = js_sys::Object::new();
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&object, &"head".into(), &protocol::pack(&head));
        let _ = js_sys::Reflect::set(&object, &"blob".into(), &blob);
        let _ = worker.scope.post_message(&object);
    })
}
