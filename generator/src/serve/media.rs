//! Media types by file name. What is not known is bytes; with `nosniff` nobody guesses.

/// The media type of a file called `name`.
pub(super) fn media_type(name: &str) -> &'static str {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    // Whole names and double extensions first.
    match name.as_str() {
        ".zattrs" | ".zgroup" | ".zarray" | ".zmetadata" => return "application/json",
        "linkset.json" => return "application/linkset+json",
        _ if name.ends_with(".csl.json") => return "application/vnd.citationstyles.csl+json",
        _ => {}
    }
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" | "htm" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" | "ipynb" => "application/json",
        "jsonld" => "application/ld+json",
        "geojson" => "application/geo+json",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" | "md" | "py" | "rst" | "log" | "cfg" | "ini" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "yaml" | "yml" => "application/yaml",
        "pdf" => "application/pdf",
        "bib" => "application/x-bibtex",
        "ris" => "application/x-research-info-systems",
        "car" => "application/vnd.ipld.car",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        "nc" | "nc4" => "application/x-netcdf",
        "h5" | "hdf5" => "application/x-hdf5",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}
