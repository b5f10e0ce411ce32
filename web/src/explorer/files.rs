//! The files of a folder dataset, as HTML: a list, and a look at one of them.

use std::fmt::Write as _;

use pinfold_core::model::FileEntry;
use serde_json::Value;

use super::state::{Preview, Shown, bytes_text};
use crate::shared::html::{escaped, verbatim};

/// The most that is loaded to be looked at.
pub(super) const LOOK_BYTES: u64 = 32_000_000;

/// The most text that is shown.
#[cfg(target_arch = "wasm32")]
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
#[cfg(target_arch = "wasm32")]
pub(super) fn preview(state: super::state::State, path: &str, bytes: &js_sys::Uint8Array) -> Option<Preview> {
    let media_type = state.files.with_untracked(|files| {
        files.iter().find(|file| file.path == path).map(|file| file.media_type.clone()).unwrap_or_default()
    });
    // The address of the one before is given back.
    if let Some(Shown::Image(url) | Shown::Video(url)) = state.preview.get_untracked().map(|old| old.shown) {
        let _ = web_sys::Url::revoke_object_url(&url);
    }
    let address = || {
        let blob = super::saving::blob_of(&media_type, bytes);
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
pub(super) fn list(files: &[FileEntry], preview: Option<&Preview>) -> String {
    let mut out = concat!(
        r#"<div class="tbl" tabindex="0" role="region" aria-label="Files to save, scrollable"><table><thead><tr>"#,
        r#"<th scope="col">File</th><th scope="col">Type</th><th scope="col" class="num">Size</th>"#,
        r#"<th scope="col"><span class="vh">What to do</span></th></tr></thead><tbody>"#,
    )
    .to_owned();
    for file in files.iter().take(LISTED) {
        let path = verbatim(&file.path);
        let _ = write!(
            out,
            r#"<tr><th scope="row"><code>{}</code></th><td>{}</td><td class="num">{}</td><td><span class="row">"#,
            escaped(&file.path),
            escaped(&file.media_type),
            bytes_text(file.size_bytes)
        );
        if looks(&file.media_type) && file.size_bytes <= LOOK_BYTES {
            let _ = write!(
                out,
                r#"<button class="btn slim" type="button" data-do="look" data-value="{path}">Look</button>"#
            );
        }
        let _ = write!(
            out,
            r#"<button class="btn slim" type="button" data-do="save" data-value="{path}">Save</button></span></td></tr>"#
        );
    }
    out.push_str("</tbody></table></div>");
    if files.len() > LISTED {
        let _ = write!(out, r#"<p class="meta">and {} more, in record.json</p>"#, files.len() - LISTED);
    }
    if let Some(preview) = preview {
        look(preview, &mut out);
    }
    out
}

fn look(preview: &Preview, out: &mut String) {
    let path = escaped(&preview.path);
    out.push_str(r#"<figure id="explorer-preview">"#);
    let _ = match &preview.shown {
        Shown::Image(url) => write!(out, r#"<img src="{}" alt="The picture {path}">"#, escaped(url)),
        Shown::Video(url) => write!(out, r#"<video src="{}" controls></video>"#, escaped(url)),
        Shown::Text(text, cut) => {
            let note = if *cut {
                r#"<p class="meta">Only the beginning is shown; save the file for all of it.</p>"#
            } else {
                ""
            };
            write!(
                out,
                r#"<pre tabindex="0" role="region" aria-label="Text of {path}"><code>{}</code></pre>{note}"#,
                verbatim(text)
            )
        }
    };
    let _ = write!(out, "<figcaption><code>{path}</code></figcaption></figure>");
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn file(path: &str, media_type: &str, size_bytes: u64) -> FileEntry {
        FileEntry { path: path.to_owned(), size_bytes, media_type: media_type.to_owned() }
    }

    #[test]
    fn what_can_be_looked_at() {
        let files = [
            file("readme.txt", "text/plain", 10),
            file("large.txt", "text/plain", LOOK_BYTES + 1),
            file("a/film.mp4", "video/mp4", 10),
            file("archive.bin", "application/octet-stream", 10),
        ];
        let html = list(&files, None);
        let looked: Vec<&str> = html
            .split("data-do=\"look\" data-value=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(looked, ["readme.txt", "a/film.mp4"]);
        assert_eq!(html.matches("data-do=\"save\"").count(), 4);
        let many = vec![file("one", "text/plain", 1); LISTED + 3];
        assert!(list(&many, None).ends_with(r#"<p class="meta">and 3 more, in record.json</p>"#));
    }

    #[test]
    fn texts_are_shown_as_they_are() {
        let shown = Shown::Text("<script>\t\"1\"\r\n".to_owned(), true);
        let mut out = String::new();
        look(&Preview { path: "<b>.txt".to_owned(), shown }, &mut out);
        expect![[r#"<figure id="explorer-preview"><pre tabindex="0" role="region" aria-label="Text of &lt;b&gt;.txt"><code>&lt;script&gt;	&quot;1&quot;&#13;
</code></pre><p class="meta">Only the beginning is shown; save the file for all of it.</p><figcaption><code>&lt;b&gt;.txt</code></figcaption></figure>"#]].assert_eq(&out);
    }

    #[test]
    fn hostile_names_stay_text() {
        let markup = "\"><img src=x onerror=\"alert(1)\">";
        let image = Preview { path: markup.to_owned(), shown: Shown::Image("blob:x".to_owned()) };
        let html = list(&[file(markup, "text/plain", 1)], Some(&image));
        assert!(!html.contains("<img src=x") && !html.contains("onerror=\"alert"), "{html}");
        assert_eq!(html.matches("&quot;&gt;&lt;img src=x").count(), 5, "{html}");
    }
}
