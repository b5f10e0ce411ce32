//! Code that opens exactly the selection on screen: [`python`], [`shell`], [`r`].

use crate::cid::Cid;

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

/// xarray through ipfsspec. Variables in groups are opened by their group.
#[must_use]
pub fn python(cid: Cid, view: &ViewState) -> String {
    let group = view.variables.first().and_then(|name| name.rsplit_once('/')).map(|(group, _)| group);
    let names: Vec<String> = view
        .variables
        .iter()
        .map(|name| quoted(name.rsplit_once('/').map_or(name.as_str(), |(_, name)| name)))
        .collect();
    let mut code = String::from("import xarray as xr   # pip install xarray zarr ipfsspec\n\n");
    code += &format!("ds = xr.open_dataset(\n    \"ipfs://{cid}\",\n    engine=\"zarr\",\n");
    if let Some(group) = group {
        code += &format!("    group={},\n", quoted(group));
    }
    code += ")\n";
    if !names.is_empty() {
        code += &format!("selection = ds[[{}]]", names.join(", "));
        if !view.indices.is_empty() {
            let parts: Vec<String> = view
                .indices
                .iter()
                .map(|(dimension, indices)| {
                    let value = match indices {
                        Indices::At(index) => index.to_string(),
                        Indices::Range(start, end) => format!("slice({start}, {end})"),
                    };
                    format!("{}: {value}", quoted(dimension))
                })
                .collect();
            // A dictionary, because a dimension's name need not be a Python name; "ignore": not every variable has it.
            code += &format!(".isel({{{}}}, missing_dims=\"ignore\")", parts.join(", "));
        }
        code.push('\n');
    }
    code
}

/// A POSIX shell word.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Kubo: the arrays on screen as files.
#[must_use]
pub fn shell(cid: Cid, view: &ViewState) -> String {
    if view.variables.is_empty() {
        return format!("ipfs get {cid}\n");
    }
    view.variables.iter().map(|name| format!("ipfs get {}\n", word(&format!("/ipfs/{cid}/{name}")))).collect()
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

            ds = xr.open_dataset(
                "ipfs://bafkqaaa",
                engine="zarr",
            )
            selection = ds[["rh", "iwv"]].isel({"alt": 3, "sonde": slice(0, 40)}, missing_dims="ignore")
        "#]]
        .assert_eq(&python(cid(), &view));
    }

    #[test]
    fn names_cannot_break_out() {
        let view = ViewState {
            variables: vec!["g/a\"]); import os; os.system('x')\n".into(), "it's".into()],
            ..ViewState::default()
        };
        expect![[r#"
            import xarray as xr   # pip install xarray zarr ipfsspec

            ds = xr.open_dataset(
                "ipfs://bafkqaaa",
                engine="zarr",
                group="g",
            )
            selection = ds[["a\"]); import os; os.system('x')\n", "it's"]]
        "#]]
        .assert_eq(&python(cid(), &view));
        expect![[r#"
            ipfs get '/ipfs/bafkqaaa/g/a"]); import os; os.system('\''x'\'')
            '
            ipfs get '/ipfs/bafkqaaa/it'\''s'
        "#]]
        .assert_eq(&shell(cid(), &view));
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
