//! What each key costs the search engine, without a page: `search_keys SITE [ROUNDS]`.
//!
//! Types the queries that `benches/search.mjs` types, one more letter each time, against the index of a built
//! site, and prints the median, the 95th percentile and the slowest texts of every step that a page takes.

use std::path::Path;
use std::time::Instant;

use pinfold_core::search::{Facet, Index, Need, Query, Request};

const QUERIES: [&str; 16] = [
    "radar reflectivity",
    "dropsnode level 3",
    "wind speed",
    "sea surface temp",
    "radiomter",
    "rain gauge",
    "gloeckner",
    "cieling height",
    "temprature profile",
    "HALO 2024-08",
    "sst",
    "aerosol optical",
    "a",
    "s",
    "p",
    "flight 12",
];

/// What `ask` answers, reading the files that it needs.
fn fetching<T>(index: &mut Index, folder: &Path, ask: impl Fn(&Index) -> Result<T, Need>) -> T {
    loop {
        match ask(index) {
            Ok(found) => return found,
            Err(need) => {
                for name in need.files {
                    let bytes = std::fs::read(folder.join(&name)).expect("a file of the index");
                    index.supply(&name, bytes).expect("a file of this index");
                }
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let site = args.next().ok_or("which site?")?;
    let rounds: usize = args.next().map_or(Ok(3), |n| n.parse())?;
    let page = std::fs::read_to_string(Path::new(&site).join("index.html"))?;
    let (_, rest) = page.split_once("data-index=\"").ok_or("the page names no index")?;
    let entry = Path::new(&site).join(rest.split('"').next().unwrap_or_default());
    let folder = entry.parent().ok_or("no folder")?.to_owned();
    let mut index = Index::open(std::fs::read(&entry)?)?;
    println!("{} datasets", index.len());

    let texts = QUERIES.iter().flat_map(|query| {
        query
            .char_indices()
            .map(move |(at, c)| &query[..at + c.len_utf8()])
            .filter(|text| !text.ends_with(' '))
    });
    let texts: Vec<&str> = texts.collect();
    for step in ["hits", "reasons", "facets", "time"] {
        let mut times: Vec<(f64, &str, usize)> = Vec::new();
        for text in &texts {
            let query = Query::parse(text, true);
            let request = Request { query, limit: 20, brief: step != "reasons", ..Request::default() };
            // Files are read before the clock runs.
            let answer = fetching(&mut index, &folder, |index| index.search(&request));
            let once = |index: &mut Index| match step {
                "facets" => fetching(index, &folder, |index| {
                    Facet::ALL.into_iter().try_for_each(|facet| index.facet_counts(&answer, facet).map(drop))
                }),
                "time" => drop(fetching(index, &folder, |index| index.histogram(&answer, 120))),
                _ => drop(fetching(index, &folder, |index| index.search(&request))),
            };
            once(&mut index);
            let mut best = f64::INFINITY;
            for _ in 0..rounds {
                let started = Instant::now();
                once(&mut index);
                best = best.min(started.elapsed().as_secs_f64() * 1000.0);
            }
            times.push((best, text, answer.total));
        }
        times.sort_by(|a, b| b.0.total_cmp(&a.0));
        let at = |share: f64| times[((times.len() - 1) as f64 * (1.0 - share)) as usize].0;
        println!("{step}: median {:.2} ms, p95 {:.2} ms, slowest:", at(0.5), at(0.95));
        for (ms, text, total) in times.iter().take(8) {
            println!("   {ms:8.2} ms  {text:?} ({total} hits)");
        }
    }
    let started = Instant::now();
    texts.iter().for_each(|text| drop(index.suggest(text, index.words(text), 5)));
    println!("suggest: mean {:.3} ms", started.elapsed().as_secs_f64() * 1000.0 / texts.len() as f64);
    Ok(())
}
