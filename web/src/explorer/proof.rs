//! Where the blocks came from, and what was verified, as HTML.

use std::fmt::Write as _;

use pinfold_core::gateways::{Kind, SourceStatus};

use super::protocol::{CacheStatus, Proof};
use super::state::{Origins, PeerState, Power, Settings, bytes_text};
use crate::shared::html::escaped;

fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Origin => "this site's server",
        Kind::Gateway => "gateway",
        Kind::Added => "gateway that you added",
        Kind::Local => "your own node",
        Kind::Peer => "Helia, in this page",
    }
}

/// Class and words of a source's behaviour.
fn behaviour(status: &SourceStatus) -> (&'static str, String) {
    let health = &status.health;
    if let Some(cid) = health.lied {
        return ("st lie", format!("sent wrong bytes for {}, set aside", cid.short()));
    }
    if health.blocks == 0 && health.failures > 0 {
        let reason = health.last_failure.as_deref().unwrap_or_default();
        let reason = reason.split_once(": ").map_or(reason, |(_, reason)| reason);
        return ("st slow", format!("cannot be reached: {reason}"));
    }
    if health.blocks == 0 && health.not_here > 0 {
        return ("st off", "does not have this dataset".to_owned());
    }
    if health.blocks == 0 && health.given_up > 0 {
        return ("st slow", "did not answer in time".to_owned());
    }
    if health.blocks == 0 {
        return ("st off", "not asked yet".to_owned());
    }
    if health.given_up > 0 || health.failures > 0 {
        return ("st slow", format!("slow or failing, {} times", health.given_up + health.failures));
    }
    ("st", "good".to_owned())
}

fn source(status: &SourceStatus, out: &mut String) {
    let health = &status.health;
    let (class, words) = behaviour(status);
    let _ = write!(
        out,
        r#"<tr><th scope="row">{}<br><small class="meta">{}</small></th><td class="num">{}</td><td class="num">{}</td><td class="num">"#,
        escaped(&status.name),
        kind_text(status.kind),
        health.blocks,
        bytes_text(health.bytes)
    );
    if health.busy_ms > 0.0 && health.bytes > 0 {
        let _ = write!(out, "{}/s", bytes_text((health.bytes as f64 * 1e3 / health.busy_ms) as u64));
    }
    out.push_str(r#"</td><td class="num">"#);
    if let Some(ms) = health.latency_ms.filter(|_| health.blocks > 0) {
        let _ = write!(out, "{ms:.0} ms");
    }
    let _ = write!(out, r#"</td><td><span class="{class}">{}</span></td></tr>"#, escaped(&words));
}

fn cached(cache: &CacheStatus, out: &mut String) {
    let words = if !cache.available {
        "not available in this window".to_owned()
    } else if cache.blocks == 0 {
        "empty".to_owned()
    } else {
        format!("{} of {}", bytes_text(cache.bytes), bytes_text(cache.budget_bytes))
    };
    let class = if cache.blocks > 0 { "st" } else { "st off" };
    let _ = write!(
        out,
        r#"<tr><th scope="row">this browser<br><small class="meta">cache</small></th><td class="num">{}</td><td class="num">{}</td><td></td><td></td><td><span class="{class}">{words}</span></td></tr>"#,
        cache.blocks,
        bytes_text(cache.bytes)
    );
}

/// One row for each source, and ways to add more. `said` is what becomes of a gateway that is added.
pub(super) fn sources(origins: &Origins, said: &str) -> String {
    let mut out = concat!(
        r#"<h3 id="explore-sources">Where the blocks came from</h3>"#,
        r#"<div class="tbl" tabindex="0" role="region" aria-label="Sources, scrollable"><table><thead><tr>"#,
        r#"<th scope="col">Source</th><th scope="col" class="num">Blocks</th><th scope="col" class="num">Bytes</th>"#,
        r#"<th scope="col" class="num">Speed</th><th scope="col" class="num">Answer</th><th scope="col">State</th>"#,
        r#"</tr></thead><tbody>"#,
    )
    .to_owned();
    if origins.structure_blocks > 0 {
        let _ = write!(
            out,
            r#"<tr><th scope="row">this page<br><small class="meta">meta.car</small></th><td class="num">{}</td><td></td><td></td><td></td><td><span class="st">the dataset's structure</span></td></tr>"#,
            origins.structure_blocks
        );
    }
    for status in &origins.sources {
        source(status, &mut out);
    }
    if let Some(cache) = &origins.cache {
        cached(cache, &mut out);
    }
    let _ = write!(
        out,
        concat!(
            r#"</tbody></table></div><form class="row" data-do="gateway"><label class="vh" for="explore-gateway">Add a gateway</label>"#,
            r#"<input id="explore-gateway" type="text" inputmode="url" placeholder="https://your.gateway" size="24">"#,
            r#"<button class="btn slim" type="submit">Add gateway</button>"#,
            r#"<button class="btn slim" type="button" data-do="own">Ask my own node at 127.0.0.1</button>"#,
            r#"<button class="btn slim" type="button" data-do="empty-cache">Empty the cache</button></form>"#,
            r#"<p class="meta" role="alert">{}</p>"#,
        ),
        escaped(said)
    );
    out
}

/// The Helia peer: its addresses, on and off. `secure` pages alone can have one.
pub(super) fn peer(peer: &PeerState, settings: &Settings, secure: bool) -> String {
    let mut out =
        r#"<summary>IPFS peer in this page <span class="meta">Helia, without any gateway</span></summary>"#
            .to_owned();
    if !secure {
        out.push_str(
            r#"<p class="meta">Not available here: this page came over plain http, and browsers give such pages no cryptography for a peer. Gateways work.</p>"#,
        );
        return out;
    }
    out.push_str(r#"<p class="meta">It dials the addresses below and nobody else. Paste one from <code>ipfs id</code> of a node that has the data: /webrtc-direct, secure websockets, or /ws on this computer.</p>"#);
    if peer.power == Power::Off && !settings.peers.is_empty() {
        out.push_str(
            r#"<p class="meta">Peers of this catalogue, dialled when it is turned on:</p><ul class="meta">"#,
        );
        lines(&settings.peers, &mut out);
        out.push_str("</ul>");
    }
    out.push_str(concat!(
        r#"<label class="vh" for="explore-peer">Peer addresses, one a line</label>"#,
        r#"<textarea id="explore-peer" rows="3" cols="60" spellcheck="false"></textarea>"#,
    ));
    if let Some(router) = &settings.router {
        let _ = write!(
            out,
            r#"<label class="row"><input type="checkbox" id="explore-router"><span class="meta">Also ask <code>{}</code> who has this dataset. It then learns what you look at.</span></label>"#,
            escaped(router)
        );
    }
    let disabled = |is: bool| if is { " disabled" } else { "" };
    let _ = write!(
        out,
        r#"<p class="row"><button class="btn slim" type="button" data-do="peer-on"{}>Turn on</button><button class="btn slim" type="button" data-do="peer-off"{}>Turn off</button></p><ul id="explore-peers" class="meta" data-state="{}">"#,
        disabled(peer.power == Power::Starting),
        disabled(peer.power != Power::On),
        match peer.power {
            Power::Off => "off",
            Power::Starting => "starting",
            Power::On => "on",
        }
    );
    lines(&peer.lines, &mut out);
    out.push_str("</ul>");
    out
}

fn lines(lines: &[String], out: &mut String) {
    for line in lines {
        let _ = write!(out, r#"<li class="all">{}</li>"#, escaped(line));
    }
}

/// What the hashes prove, and what they do not. `root` leads to the site's front page.
pub(super) fn verified(sources: &[SourceStatus], proof: Proof, root: &str) -> String {
    let mut out = format!(
        r#"<h3 id="explore-verified">What was verified</h3><div class="note ok"><svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8"><path d="M3 9.6L7 13.4L15 4.8"></path></svg><p>Verified in your browser: {} blocks, {}. Each was hashed here and is what its name says.</p></div>"#,
        proof.blocks,
        bytes_text(proof.bytes)
    );
    for status in sources {
        let Some(cid) = status.health.lied else { continue };
        let _ = write!(
            out,
            r#"<div class="note bad" role="alert"><svg viewBox="0 0 18 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6"><path d="M9 1.8L16.2 9L9 16.2L1.8 9Z"></path><path d="M9 5.6v4M9 11.8v.4"></path></svg><p>{} sent wrong bytes for block {}. They were thrown away, and it is not asked again.</p></div>"#,
            escaped(&status.name),
            cid.short()
        );
    }
    let _ = write!(
        out,
        r#"<p class="meta">This proves that you see the bytes which the authors published. It does not prove that they measured well. <a href="{}verified/">What exactly is proven</a></p>"#,
        escaped(root)
    );
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use pinfold_core::cid::Cid;

    use super::*;

    const MARKUP: &str = "\"><img src=x onerror=\"alert(1)\">";

    fn status(change: impl FnOnce(&mut SourceStatus)) -> SourceStatus {
        let mut status = SourceStatus {
            name: "gateway.example".to_owned(),
            kind: Kind::Gateway,
            health: Default::default(),
        };
        change(&mut status);
        status
    }

    #[test]
    fn a_row_for_each_source() {
        let good = status(|one| {
            one.health.blocks = 12;
            one.health.bytes = 3_000_000;
            one.health.busy_ms = 1_000.0;
            one.health.latency_ms = Some(50.4);
        });
        let mut out = String::new();
        source(&good, &mut out);
        expect![[r#"<tr><th scope="row">gateway.example<br><small class="meta">gateway</small></th><td class="num">12</td><td class="num">3.0 MB</td><td class="num">3.0 MB/s</td><td class="num">50 ms</td><td><span class="st">good</span></td></tr>"#]].assert_eq(&out);
    }

    #[test]
    fn behaviour_in_words() {
        let words = |change: fn(&mut SourceStatus)| {
            let (class, words) = behaviour(&status(change));
            format!("{class}: {words}")
        };
        let all = [
            words(|_| {}),
            words(|one| {
                one.health.failures = 2;
                one.health.last_failure = Some("https://gateway.example: status 502".to_owned());
            }),
            words(|one| one.health.not_here = 1),
            words(|one| one.health.given_up = 1),
            words(|one| {
                one.health.blocks = 1;
                one.health.failures = 2;
            }),
            words(|one| one.health.lied = "bafkqaaa".parse().ok()),
        ];
        expect![[r#"
            st off: not asked yet
            st slow: cannot be reached: status 502
            st off: does not have this dataset
            st slow: did not answer in time
            st slow: slow or failing, 2 times
            st lie: sent wrong bytes for bafkqaaa, set aside"#]]
        .assert_eq(&all.join("\n"));
    }

    #[test]
    fn hostile_names_stay_text() {
        let cid: Cid = "bafkqaaa".parse().unwrap();
        let liar = status(|one| {
            one.name = MARKUP.to_owned();
            one.health.lied = Some(cid);
        });
        let failing = status(|one| {
            one.health.failures = 1;
            one.health.last_failure = Some(MARKUP.to_owned());
        });
        let origins = Origins { sources: vec![liar.clone(), failing], ..Origins::default() };
        let off = PeerState::new(Power::Off, vec![MARKUP.to_owned()]);
        let settings = Settings { peers: vec![MARKUP.to_owned()], router: Some(MARKUP.to_owned()) };
        let parts = [
            sources(&origins, MARKUP),
            peer(&off, &settings, true),
            verified(&[liar], Proof::default(), MARKUP),
        ];
        for html in parts {
            assert!(!html.contains("<img") && html.contains("&lt;img src=x"), "{html}");
            assert!(!html.contains("onerror=\"alert"), "{html}");
        }
    }

    #[test]
    fn a_peer_is_on_or_off() {
        let at = |power| {
            let html = peer(&PeerState::new(power, vec!["dialling".to_owned()]), &Settings::default(), true);
            let at = html.find("<p class=\"row\">").unwrap();
            html[at..].to_owned()
        };
        expect![[r#"<p class="row"><button class="btn slim" type="button" data-do="peer-on">Turn on</button><button class="btn slim" type="button" data-do="peer-off" disabled>Turn off</button></p><ul id="explore-peers" class="meta" data-state="off"><li class="all">dialling</li></ul>"#]].assert_eq(&at(Power::Off));
        assert!(at(Power::Starting).contains(r#"data-do="peer-on" disabled>"#));
        assert!(!at(Power::On).contains("disabled"));
        let insecure = peer(&PeerState::default(), &Settings::default(), false);
        assert!(insecure.contains("plain http") && !insecure.contains("<button"), "{insecure}");
    }
}
