//! Code that opens exactly the selection on screen: [`python`], [`shell`].

use crate::cid::Cid;

use super::view_state::{Indices, ViewState};

/// A Python string literal.
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
    }
}
