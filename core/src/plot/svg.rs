//! [`write()`]: a [`Scene`] as SVG, for a file of its own or inside a page.
//!
//! Specification: <https://www.w3.org/TR/SVG2/>. Everything that came from data is escaped; there is no script, no
//! link and no font from elsewhere. A file carries its own `prefers-color-scheme` rule, because an `<img>` does not
//! see the page's variables; inside a page the page's design tokens are used, because its CSP allows no inline style.

use crate::sorted::SortedMap;
use std::fmt::Write as _;

use super::png;
use super::scene::{Anchor, Fill, Item, Rect, Scene, Text, Tone};

/// Where the SVG will be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Placement {
    /// A file, shown by `<img>`.
    #[default]
    File,
    /// Inside an HTML page with the design tokens.
    Inline,
}

/// Escapes text for XML and drops what XML cannot hold.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || ('\u{7f}'..='\u{9f}').contains(&c) || c == '\u{fffe}' || c == '\u{ffff}' => {}
            // Direction overrides would turn the words around them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c => out.push(c),
        }
    }
    out
}

/// A number with at most one decimal.
fn short(value: f32) -> String {
    let tenths = (value * 10.0).round();
    if !tenths.is_finite() {
        return "0".to_owned();
    }
    let tenths = tenths as i64;
    if tenths % 10 == 0 {
        return (tenths / 10).to_string();
    }
    let sign = if tenths < 0 { "-" } else { "" };
    let whole = (tenths / 10).unsigned_abs();
    let whole = if whole == 0 { String::new() } else { whole.to_string() };
    format!("{sign}{whole}.{}", tenths.unsigned_abs() % 10)
}

struct Writer {
    out: String,
    placement: Placement,
    fills: SortedMap<&'static str, ()>,
    strokes: SortedMap<&'static str, ()>,
    hatched: bool,
    wide_only: bool,
    clips: u32,
    id: String,
}

impl Writer {
    fn hex(rgb: [u8; 3]) -> String {
        format!("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2])
    }

    /// The attribute that paints with `tone`: a class in files, a variable in pages. Extra classes join in.
    fn paint(&mut self, property: &'static str, tone: Tone, classes: &str) -> String {
        let Some(token) = tone.token() else {
            let classes = if classes.is_empty() { String::new() } else { format!(" class=\"{classes}\"") };
            return format!(" {property}=\"{}\"{classes}", Self::hex(tone.day()));
        };
        if self.placement == Placement::Inline {
            let classes = if classes.is_empty() { String::new() } else { format!(" class=\"{classes}\"") };
            return format!(" {property}=\"var(--{token})\"{classes}");
        }
        let set = if property == "fill" { &mut self.fills } else { &mut self.strokes };
        set.insert(token, ());
        let letter = if property == "fill" { 'f' } else { 's' };
        let space = if classes.is_empty() { "" } else { " " };
        format!(" class=\"{letter}-{token}{space}{classes}\"")
    }

    fn fill(&mut self, fill: Fill) -> String {
        match fill {
            Fill::Tone(tone) => self.paint("fill", tone, ""),
            Fill::Hatch => {
                self.hatched = true;
                format!(" fill=\"url(#{}h)\"", self.id)
            }
        }
    }

    /// Path data in tenths of a pixel, relative, with integers only.
    fn path(points: &[[f32; 2]], closed: bool) -> String {
        let mut out = String::with_capacity(points.len() * 6);
        let mut pen = false;
        let (mut x, mut y) = (0i64, 0i64);
        for point in points {
            if !(point[0].is_finite() && point[1].is_finite()) {
                pen = false;
                continue;
            }
            let (to_x, to_y) = ((point[0] * 10.0).round() as i64, (point[1] * 10.0).round() as i64);
            if pen {
                let (dx, dy) = (to_x.saturating_sub(x), to_y.saturating_sub(y));
                if dx == 0 && dy == 0 {
                    continue;
                }
                let _ = if out.ends_with(|c: char| c.is_ascii_digit()) && dx >= 0 {
                    write!(out, " {dx}")
                } else {
                    write!(out, "{dx}")
                };
                let _ = if dy >= 0 { write!(out, " {dy}") } else { write!(out, "{dy}") };
            } else {
                let _ = write!(out, "M{to_x} {to_y}l");
                pen = true;
            }
            (x, y) = (to_x, to_y);
        }
        // A piece of one point is drawn as a dot by its round cap.
        let out = out.replace("lM", "l0 0M");
        let out = if out.ends_with('l') { format!("{out}0 0") } else { out };
        if closed { format!("{out}z") } else { out }
    }

    fn rect(rect: &Rect) -> String {
        format!(
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            short(rect.x),
            short(rect.y),
            short(rect.width),
            short(rect.height)
        )
    }

    fn text(&mut self, text: &Text) {
        let anchor = match text.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let mut classes = String::new();
        if text.wide_only {
            self.wide_only = true;
            classes.push('w');
        }
        let mut halo = String::new();
        if text.halo {
            if self.placement == Placement::File {
                self.strokes.insert("paper", ());
                classes.push_str(if classes.is_empty() { "s-paper" } else { " s-paper" });
                halo = " stroke-width=\"3\" paint-order=\"stroke\"".to_owned();
            } else {
                halo = " stroke=\"var(--paper)\" stroke-width=\"3\" paint-order=\"stroke\"".to_owned();
            }
        }
        let size = if text.size_px == 13.0 {
            String::new()
        } else {
            format!(" font-size=\"{}\"", short(text.size_px))
        };
        let paint = self.paint("fill", text.tone, &classes);
        let _ = write!(
            self.out,
            "<text x=\"{}\" y=\"{}\"{anchor}{size}{paint}{halo}>",
            short(text.at[0]),
            short(text.at[1])
        );
        let mut raised = false;
        for run in &text.runs {
            let shift = match (run.superscript, raised) {
                (true, false) => " dy=\"-.4em\" font-size=\".75em\"",
                (false, true) => " dy=\".3em\"",
                (true, true) => " font-size=\".75em\"",
                (false, false) => "",
            };
            raised = run.superscript;
            let bold = if run.bold { " font-weight=\"600\"" } else { "" };
            let tone = run.tone.map(|tone| self.paint("fill", tone, "")).unwrap_or_default();
            if shift.is_empty() && bold.is_empty() && tone.is_empty() {
                self.out.push_str(&escape(&run.text));
            } else {
                let _ = write!(self.out, "<tspan{shift}{bold}{tone}>{}</tspan>", escape(&run.text));
            }
        }
        self.out.push_str("</text>");
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Line { points, tone, width_px, dash } => {
                let path = Self::path(points, false);
                if path.is_empty() {
                    return;
                }
                let paint = self.paint("stroke", *tone, "");
                let dash = dash
                    .map(|[on, off]| {
                        format!(" stroke-dasharray=\"{} {}\"", short(on * 10.0), short(off * 10.0))
                    })
                    .unwrap_or_default();
                let _ = write!(
                    self.out,
                    "<path d=\"{path}\"{paint} fill=\"none\" stroke-linecap=\"round\" stroke-width=\"{}\"{dash} transform=\"scale(.1)\"/>",
                    short(width_px * 10.0)
                );
            }
            Item::Area { rings, fill } => {
                let path: String =
                    rings.iter().filter(|ring| ring.len() > 2).map(|ring| Self::path(ring, true)).collect();
                if !path.is_empty() {
                    let paint = self.fill(*fill);
                    let _ = write!(
                        self.out,
                        "<path d=\"{path}\"{paint} fill-rule=\"evenodd\" transform=\"scale(.1)\"/>"
                    );
                }
            }
            Item::Rect { rect, fill } => {
                let paint = self.fill(*fill);
                let _ = write!(self.out, "<rect {}{paint}/>", Self::rect(rect));
            }
            Item::Dots { points, radius_px, tone } => {
                // A line of no length with a round cap is a dot, and much shorter than a circle.
                let mut path = String::with_capacity(points.len() * 12);
                for [x, y] in points.iter().filter(|point| point[0].is_finite() && point[1].is_finite()) {
                    let _ = write!(path, "M{} {}h0", (x * 10.0).round() as i64, (y * 10.0).round() as i64);
                }
                if !path.is_empty() {
                    let paint = self.paint("stroke", *tone, "");
                    let _ = write!(
                        self.out,
                        "<path d=\"{path}\"{paint} fill=\"none\" stroke-width=\"{}\" stroke-linecap=\"round\" transform=\"scale(.1)\"/>",
                        short(radius_px * 20.0)
                    );
                }
            }
            Item::Image { rect, columns, rows, rgba } => {
                let png = png::encode(*columns, *rows, rgba);
                if !png.is_empty() {
                    let _ = write!(
                        self.out,
                        "<image {} preserveAspectRatio=\"none\" image-rendering=\"pixelated\" href=\"data:image/png;base64,{}\"/>",
                        Self::rect(rect),
                        crate::base::encode_base64(&png)
                    );
                }
            }
            Item::Text(text) => self.text(text),
            Item::Moving(items) => {
                let inline = self.placement == Placement::Inline;
                self.out.push_str(if inline { "<g class=\"m\">" } else { "" });
                for item in items {
                    self.item(item);
                }
                self.out.push_str(if inline { "</g>" } else { "" });
            }
            Item::Clip { rect, items } => {
                let id = format!("{}c{}", self.id, self.clips);
                self.clips += 1;
                let _ = write!(
                    self.out,
                    "<clipPath id=\"{id}\"><rect {}/></clipPath><g clip-path=\"url(#{id})\">",
                    Self::rect(rect)
                );
                for item in items {
                    self.item(item);
                }
                self.out.push_str("</g>");
            }
        }
    }

    fn style(&self) -> String {
        let mut out = String::from(
            "<style>text{font-family:\"Source Sans 3\",\"Segoe UI\",system-ui,sans-serif;font-variant-numeric:tabular-nums}",
        );
        let rules = |night: bool| {
            let mut rules = String::new();
            for (set, letter, property) in [(&self.fills, 'f', "fill"), (&self.strokes, 's', "stroke")] {
                for (token, ()) in set.iter() {
                    let tone = Tone::named(token);
                    let rgb = if night { tone.night() } else { tone.day() };
                    let _ = write!(rules, ".{letter}-{token}{{{property}:{}}}", Self::hex(rgb));
                }
            }
            rules
        };
        out.push_str(&rules(false));
        let _ = write!(out, "@media(prefers-color-scheme:dark){{{}}}", rules(true));
        if self.wide_only {
            // In an <img> this is the width of the picture on the page.
            out.push_str("@media(max-width:480px){text{font-size:20px}.w{display:none}}");
        }
        out.push_str("</style>");
        out
    }
}

impl Tone {
    /// The tone of a token's name; [`Tone::Ink`] for an unknown one.
    fn named(token: &str) -> Tone {
        let all = [
            Tone::Ink,
            Tone::Ink2,
            Tone::Ink3,
            Tone::Axis,
            Tone::Grid,
            Tone::Land,
            Tone::Coast,
            Tone::Void,
            Tone::Paper,
            Tone::Surface,
            Tone::Series(0),
            Tone::Series(1),
            Tone::Series(2),
            Tone::Series(3),
            Tone::Series(4),
        ];
        all.into_iter().find(|tone| tone.token() == Some(token)).unwrap_or(Tone::Ink)
    }
}

/// `scene` as SVG. `id` begins all identifiers inside: letters and digits, different for each picture of a page.
#[must_use]
pub fn write(scene: &Scene, placement: Placement, id: &str) -> String {
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let mut writer = Writer {
        out: String::new(),
        placement,
        fills: SortedMap::new(),
        strokes: SortedMap::new(),
        hatched: false,
        wide_only: false,
        clips: 0,
        id: if id.is_empty() { "p".to_owned() } else { id },
    };
    for item in &scene.items {
        writer.item(item);
    }
    let mut definitions = String::new();
    if writer.hatched {
        let paint = writer.paint("stroke", Tone::Void, "");
        definitions = format!(
            "<defs><pattern id=\"{}h\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"M0 0v6\"{paint} stroke-width=\"1.6\"/></pattern></defs>",
            writer.id
        );
    }
    let (width, height) = (short(scene.width), short(scene.height));
    let mut out = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\"");
    match placement {
        Placement::File => {
            let _ = write!(
                out,
                " width=\"{width}\" height=\"{height}\" font-size=\"13\" role=\"img\"><title>{}</title><desc>{}</desc>{}",
                escape(&scene.title),
                escape(&scene.description),
                writer.style()
            );
        }
        Placement::Inline if scene.title.is_empty() && scene.description.is_empty() => {
            out.push_str(" aria-hidden=\"true\" font-size=\"13\">");
        }
        Placement::Inline => {
            let label = if scene.description.is_empty() { &scene.title } else { &scene.description };
            let _ = write!(out, " font-size=\"13\" role=\"img\" aria-label=\"{}\">", escape(label));
        }
    }
    out.push_str(&definitions);
    out.push_str(&writer.out);
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::scene::Run;
    use super::*;

    #[test]
    fn hostile_text_is_inert() {
        let mut scene = Scene::new(100.0, 50.0);
        scene.title = "</title><script>alert(1)</script>".to_owned();
        scene.description = "a\u{0}b\u{202e}c\"'".to_owned();
        scene.text(
            [1.0, 2.25],
            Anchor::End,
            Tone::Ink3,
            vec![Run::plain("<b>&\u{1b}"), Run { text: "−1".into(), superscript: true, ..Run::default() }],
        );
        expect![[r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" width="100" height="50" font-size="13" role="img"><title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title><desc>abc&quot;&#39;</desc><style>text{font-family:"Source Sans 3","Segoe UI",system-ui,sans-serif;font-variant-numeric:tabular-nums}.f-ink-3{fill:#5f6966}@media(prefers-color-scheme:dark){.f-ink-3{fill:#96a19d}}</style><text x="1" y="2.3" text-anchor="end" class="f-ink-3">&lt;b&gt;&amp;<tspan dy="-.4em" font-size=".75em">−1</tspan></text></svg>"#]].assert_eq(&write(&scene, Placement::File, "a\"><x"));
        let inline = write(&scene, Placement::Inline, "");
        assert!(!inline.contains("<style") && !inline.contains("style=") && !inline.contains("<script"));
    }

    #[test]
    fn paths_are_short_and_gaps_stay() {
        let path = Writer::path(
            &[[1.0, 1.0], [2.0, 1.0], [2.0, 1.0], [f32::NAN, 0.0], [5.0, 5.0], [4.0, 6.5]],
            false,
        );
        expect!["M10 10l10 0M50 50l-10 15"].assert_eq(&path);
        assert_eq!(Writer::path(&[[1.0, 1.0]], false), "M10 10l0 0");
        assert_eq!(Writer::path(&[], false), "");
        assert_eq!(short(-0.04), "0");
        assert_eq!(short(-0.5), "-.5");
        assert_eq!(short(f32::NAN), "0");
    }
}
