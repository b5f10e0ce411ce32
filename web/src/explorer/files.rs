//! The files of a folder dataset: a list, a look at one of them, and saving it.

use leptos::prelude::*;
use pinfold_core::model::FileEntry;
use serde_json::Value;

use super::link::Link;
use super::state::{Preview, Shown, Stage, State, bytes_text};

/// The most that is loaded to be looked at.
const LOOK_BYTES: u64 = 32_000_000;

/// The most text that is shown.
const TEXT_BYTES: usize = 200_000;

/// The most files that are listed.
const LISTED: usize = 500;

/// The files that `record.json` lists.
pub(super) fn listed(record: &Value) -> Vec<FileEntry> {
    let files = record["files"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |file: &Value, name: &str| file[name].as_str().unwrap_or_default().to_owned();
    let one = |file: &Value| FileEntry {
        path: text(file, "path"),
        size_bytes: file["size_bytes"].as_u64().unwrap_or(0),
        media_type: text(file, "media_type"),
    };
    files.iter().map(one).collect()
}

/// What becomes of a file's bytes; `None` where a browser has no way to show them.
pub(super) fn preview(state: State, path: &str, bytes: &js_sys::Uint8Array) -> Option<Preview> {
    let media_type = state.files.with_untracked(|files| {
        files.iter().find(|file| file.path == path).map(|file| file.media_type.clone()).unwrap_or_default()
    });
    // The address of the one before is given back.
    if let Some(Shown::Image(url) | Shown::Video(url)) = state.preview.get_untracked().map(|old| old.shown) {
        let _ = web_sys::Url::revoke_object_url(&url);
    }
    let address = || {
        let blob = super::blob_of(&media_type, bytes)?;
        web_sys::Url::create_object_url_with_blob(&blob).ok()
    };
    let shown = match media_type.split('/').next().unwrap_or_default() {
        "image" => Shown::Image(address()?),
        "video" => Shown::Video(address()?),
        _ => {
            let all = bytes.to_vec();
            let cut = &all[..all.len().min(TEXT_BYTES)];
            Shown::Text(String::from_utf8_lossy(cut).into_owned(), all.len() > cut.len())
        }
    };
    Some(Preview { path: path.to_owned(), shown })
}

/// What can be looked at: text, pictures and films.
fn looks(media_type: &str) -> bool {
    let text = ["json", "yaml", "xml", "x-netcdf-cdl"].iter().any(|kind| media_type.contains(kind));
    text || ["text/", "image/", "video/"].iter().any(|kind| media_type.starts_with(kind))
}

/// The list, and below it the file that is looked at.
#[component]
pub(super) fn Files(state: State, link: Link) -> impl IntoView {
    let rows = move || {
        let files = state.files.get();
        files
            .into_iter()
            .take(LISTED)
            .map(|file| {
                let (show, save) = (link.clone(), link.clone());
                let (path, other) = (file.path.clone(), file.path.clone());
                let size = file.size_bytes;
                let look = (looks(&file.media_type) && size <= LOOK_BYTES).then(|| view! {
                    <button class="btn slim" type="button" on:click=move |_| show.show_file(&path, LOOK_BYTES)>"Look"</button>
                });
                view! {
                    <tr>
                        <th scope="row"><code>{file.path.clone()}</code></th>
                        <td>{file.media_type}</td>
                        <td class="num">{bytes_text(size)}</td>
                        <td><span class="row">{look}
                            <button class="btn slim" type="button" on:click=move |_| {
                                let name = other.rsplit('/').next().unwrap_or("file").to_owned();
                                save.take("file", &other, name, size);
                            }>"Save"</button></span></td>
                    </tr>
                }
            })
            .collect_view()
    };
    let beyond = move || state.files.with(Vec::len).saturating_sub(LISTED);
    let looked = move || {
        state.preview.get().map(|preview| {
            let path = preview.path;
            let shown = match preview.shown {
                Shown::Image(url) => view! { <img src=url alt=format!("The picture {path}") /> }.into_any(),
                Shown::Video(url) => view! { <video src=url controls=true></video> }.into_any(),
                Shown::Text(text, cut) => view! {
                    <pre tabindex="0" role="region" aria-label=format!("Text of {path}")><code>{text}</code></pre>
                    {cut.then(|| view! { <p class="meta">"Only the beginning is shown; save the file for all of it."</p> })}
                }
                .into_any(),
            };
            view! { <figure id="explorer-preview">{shown}<figcaption><code>{path}</code></figcaption></figure> }
        })
    };
    view! {
        <div aria-busy=move || (state.stage.get() == Stage::Loading).to_string()>
            <div class="tbl" tabindex="0" role="region" aria-label="Files, scrollable"><table>
                <thead><tr><th scope="col">"File"</th><th scope="col">"Type"</th><th scope="col" class="num">"Size"</th>
                    <th scope="col"><span class="vh">"What to do"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table></div>
            <Show when=move || { beyond() > 0 }><p class="meta">{move || format!("and {} more, in record.json", beyond())}</p></Show>
            {looked}
        </div>
    }
}
