//! Code that opens exactly the selection on screen: [`python`], [`shell`], [`r`].

use crate::cid::Cid;
use crate::gateways::{Kind, SourceStatus};

use super::view_state::{Indices, ViewState, encode};

/// A string literal of Python or R.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Pieces behind each other: smaller in the page than a `format!` for each.
fn add(out: &mut String, pieces: &[&str]) {
    pieces.iter().for_each(|piece| out.push_str(piece));
}

/// xarray through ipfsspec. Variables in groups are opened by their group: those of one as a dataset, those of several
/// as one dataset each.
#[must_use]
pub fn python(cid: Cid, view: &ViewState) -> String {
    // Each group with the names of its variables.
    let mut groups: Vec<(&str, String)> = Vec::new();
    for name in &view.variables {
        let (group, name) = name.rsplit_once('/').unwrap_or(("", name));
        let name = quoted(name);
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, names)) => add(names, &[", ", &name]),
            None => groups.push((group, name)),
        }
    }
    let mut selected = String::new();
    for (dimension, indices) in view.indices.iter() {
        let indices = match indices {
            Indices::At(index) => index.to_string(),
            Indices::Range(start, end) => format!("slice({start}, {end})"),
        };
        // A dictionary, because a dimension's name need not be a Python name; "ignore": not every variable has it.
        let before = if selected.is_empty() { ".isel({" } else { ", " };
        add(&mut selected, &[before, &quoted(dimension), ": ", &indices]);
    }
    if !selected.is_empty() {
        selected += "}, missing_dims=\"ignore\")";
    }
    let mut code = String::from("import xarray as xr   # pip install xarray zarr ipfsspec\n\n");
    let several = groups.len() > 1;
    if several {
        code += "selection = {}\n";
    }
    let cid = cid.to_string();
    for (group, names) in &groups {
        let key = if group.is_empty() { "None".to_owned() } else { quoted(group) };
        add(&mut code, &["ds = xr.open_dataset(\"ipfs://", &cid, "\", engine=\"zarr\""]);
        if !group.is_empty() {
            add(&mut code, &[", group=", &key]);
        }
        code += ")\nselection";
        if several {
            add(&mut code, &["[", &key, "]"]);
        }
        add(&mut code, &[" = ds[[", names, "]]", &selected, "\n"]);
    }
    code
}

/// A POSIX shell word.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The gateway that code names which needs one: the first of the site, else one that the page reads from, else the
/// visitor's own node.
#[must_use]
pub fn gateway(sources: &[SourceStatus]) -> &str {
    let of_site = sources.iter().find(|source| source.kind == Kind::Gateway);
    let other = || sources.iter().find(|source| source.kind != Kind::Peer);
    of_site.or_else(other).map_or("http://127.0.0.1:8080", |source| &source.name)
}

/// `pinfold take`, which reads what the page reads and writes what the page writes; Kubo, which knows no selections, for
/// those without it.
#[must_use]
pub fn shell(cid: Cid, view: &ViewState, gateway: &str) -> String {
    let view = word(&view.to_fragment());
    let gateway = word(gateway);
    format!(
        "# Exactly this selection, verified; also as .csv or .json.\npinfold take {cid} {view} --source {gateway} --out selection.nc\n# The whole dataset, with Kubo.\nipfs get {cid}\n"
    )
}

/// A part of an array, for [`r`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The array, `group/name`.
    pub path: String,
    /// First index along each dimension.
    pub start: Vec<u64>,
    /// How many along each dimension.
    pub shape: Vec<u64>,
}

/// R's sf, whose GDAL reads Zarr through the gateway at this address. `is_v3` is whether the dataset is Zarr v3.
///
/// Each array is read by itself: sf gives all that it reads at once the dimensions of the first. Not stars, which in
/// its version 0.6 refuses a single index, and most curves (`read_mdim`: "cannot derive cell boundaries", "invalid crs").
#[must_use]
pub fn r(cid: Cid, gateway: &str, is_v3: bool, blocks: &[Block]) -> String {
    let root = quoted(&format!("/vsicurl/{}/ipfs/{cid}", gateway.trim_end_matches('/')));
    let mut code = "# The gateway is trusted: R verifies nothing.\n".to_owned();
    if is_v3 {
        code += "# Zarr v3: the GDAL behind sf has to be newer than 3.6, see sf_extSoftVersion().\n";
    }
    code += &format!(
        r#"library(sf)   # install.packages("sf")

root <- {root}
read <- function(name, ..., group = "") {{
  values <- gdal_read_mdim(sprintf('ZARR:"%s%s"', root, group), name, ...)$array_list[[1]]
  aperm(array(values, rev(dim(values))))   # stored row by row
}}
selection <- list("#
    );
    for (at, block) in blocks.iter().enumerate() {
        let (group, name) = block.path.rsplit_once('/').unwrap_or(("", &block.path));
        let vector = |all: &[u64]| {
            let all: Vec<String> = all.iter().map(u64::to_string).collect();
            format!("c({})", all.join(", "))
        };
        code += if at == 0 { "\n" } else { ",\n" };
        // GDAL counts from 0.
        code += &format!(
            "  {} = read({}, offset = {}, count = {}",
            quoted(&block.path),
            quoted(name),
            vector(&block.start),
            vector(&block.shape)
        );
        if !group.is_empty() {
            code += &format!(", group = {}", quoted(&format!("/{}", encode(group))));
        }
        code.push(')');
    }
    code + "\n)\n"
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn cid() -> Cid {
        "bafkqaaa".parse().unwrap()
    }

    #[test]
    fn exactly_the_selection() {
        let view = ViewState::parse("#explore?variable=rh,iwv&sonde=0:40&alt=3").unwrap();
        expect![[r#"
            import xarray as xr   # pip install xarray zarr ipfsspec

            ds = xr.open_dataset("ipfs://bafkqaaa", engine="zarr")
            selection = ds[["rh", "iwv"]].isel({"alt": 3, "sonde": slice(0, 40)}, missing_dims="ignore")
        "#]]
        .assert_eq(&python(cid(), &view));
        expect![[r#"
            # Exactly this selection, verified; also as .csv or .json.
            pinfold take bafkqaaa '#explore?variable=rh,iwv&alt=3&sonde=0:40' --source 'http://127.0.0.1:8080' --out selection.nc
            # The whole dataset, with Kubo.
            ipfs get bafkqaaa
        "#]].assert_eq(&shell(cid(), &view, gateway(&[])));
    }

    #[test]
    fn every_group_is_opened() {
        let view = ViewState::parse("#explore?variable=a/x,y,a/z,a/b/y&time=3").unwrap();
        expect![[r#"
            import xarray as xr   # pip install xarray zarr ipfsspec

            selection = {}
            ds = xr.open_dataset("ipfs://bafkqaaa", engine="zarr", group="a")
            selection["a"] = ds[["x", "z"]].isel({"time": 3}, missing_dims="ignore")
            ds = xr.open_dataset("ipfs://bafkqaaa", engine="zarr")
            selection[None] = ds[["y"]].isel({"time": 3}, missing_dims="ignore")
            ds = xr.open_dataset("ipfs://bafkqaaa", engine="zarr", group="a/b")
            selection["a/b"] = ds[["y"]].isel({"time": 3}, missing_dims="ignore")
        "#]]
        .assert_eq(&python(cid(), &view));
        let view = ViewState::parse("#explore?variable=a/b/x,a/b/y").unwrap();
        expect![[r#"
            import xarray as xr   # pip install xarray zarr ipfsspec

            ds = xr.open_dataset("ipfs://bafkqaaa", engine="zarr", group="a/b")
            selection = ds[["x", "y"]]
        "#]]
        .assert_eq(&python(cid(), &view));
    }

    #[test]
    fn the_gateway_is_the_first_of_the_site_or_one_that_is_read_from() {
        let source =
            |name: &str, kind| SourceStatus { name: name.to_owned(), kind, health: Default::default() };
        let all = [
            source("Helia", Kind::Peer),
            source("http://127.0.0.1:8123", Kind::Origin),
            source("https://site.example", Kind::Gateway),
        ];
        assert_eq!(gateway(&all), "https://site.example");
        assert_eq!(gateway(&all[..2]), "http://127.0.0.1:8123");
        assert_eq!(gateway(&all[..1]), "http://127.0.0.1:8080");
    }

    #[test]
    fn names_cannot_break_out() {
        let view = ViewState {
            variables: vec!["g/a\"]); import os; os.system('x')\n".into(), "it's".into()],
            ..ViewState::default()
        };
        expect![[r#"
            import xarray as xr   # pip install xarray zarr ipfsspec

            selection = {}
            ds = xr.open_dataset("ipfs://bafkqaaa", engine="zarr", group="g")
            selection["g"] = ds[["a\"]); import os; os.system('x')\n"]]
            ds = xr.open_dataset("ipfs://bafkqaaa", engine="zarr")
            selection[None] = ds[["it's"]]
        "#]]
        .assert_eq(&python(cid(), &view));
        expect![[r#"
            # Exactly this selection, verified; also as .csv or .json.
            pinfold take bafkqaaa '#explore?variable=g/a%22%5D)%3B%20import%20os%3B%20os.system(%27x%27)%0A,it%27s' --source 'https://it'\''s.example' --out selection.nc
            # The whole dataset, with Kubo.
            ipfs get bafkqaaa
        "#]].assert_eq(&shell(cid(), &view, "https://it's.example"));
        let block = |path: &str| Block { path: path.to_owned(), start: vec![0], shape: vec![2] };
        let blocks = [block("g \"h/a\"), system('x')\n#\\"), block("it's")];
        expect![[r##"
            # The gateway is trusted: R verifies nothing.
            library(sf)   # install.packages("sf")

            root <- "/vsicurl/https://gateway.example/\"/ipfs/bafkqaaa"
            read <- function(name, ..., group = "") {
              values <- gdal_read_mdim(sprintf('ZARR:"%s%s"', root, group), name, ...)$array_list[[1]]
              aperm(array(values, rev(dim(values))))   # stored row by row
            }
            selection <- list(
              "g \"h/a\"), system('x')\n#\\" = read("a\"), system('x')\n#\\", offset = c(0), count = c(2), group = "/g%20%22h"),
              "it's" = read("it's", offset = c(0), count = c(2))
            )
        "##]].assert_eq(&r(cid(), "https://gateway.example/\"", false, &blocks));
    }

    #[test]
    fn r_reads_each_array_by_itself() {
        let block = |path: &str, start: &[u64], shape: &[u64]| Block {
            path: path.to_owned(),
            start: start.to_vec(),
            shape: shape.to_vec(),
        };
        let blocks = [block("altitude", &[3], &[1]), block("rh", &[0, 3], &[40, 1])];
        expect![[r##"
            # The gateway is trusted: R verifies nothing.
            library(sf)   # install.packages("sf")

            root <- "/vsicurl/http://127.0.0.1:8080/ipfs/bafkqaaa"
            read <- function(name, ..., group = "") {
              values <- gdal_read_mdim(sprintf('ZARR:"%s%s"', root, group), name, ...)$array_list[[1]]
              aperm(array(values, rev(dim(values))))   # stored row by row
            }
            selection <- list(
              "altitude" = read("altitude", offset = c(3), count = c(1)),
              "rh" = read("rh", offset = c(0, 3), count = c(40, 1))
            )
        "##]]
        .assert_eq(&r(cid(), "http://127.0.0.1:8080", false, &blocks));
        let v3 = r(cid(), "http://127.0.0.1:8080", true, &blocks);
        assert!(v3.contains("\n# Zarr v3:"), "{v3}");
    }
}
