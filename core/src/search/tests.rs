//! What a visitor may type, over a small catalogue; and files that are not what they should be ([`damage`]).

use std::collections::BTreeMap;

use super::dates::day_of;
use super::*;

mod damage;

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn doc(title: &str, people: &[&str], platform: &str, variables: &[(&str, &str, &str)]) -> Doc {
    let digest = blake3::hash(title.as_bytes());
    let hash = crate::cid::Multihash::wrap(0x12, &digest.as_bytes()[..32]).unwrap();
    Doc {
        cid: crate::cid::Cid::v1(crate::cid::DAG_PB, hash).to_string(),
        title: title.to_owned(),
        people: texts(people),
        platforms: texts(&[platform]),
        variables: variables
            .iter()
            .map(|(name, standard_name, long_name)| DocVariable {
                name: (*name).to_owned(),
                standard_name: (*standard_name).to_owned(),
                long_name: (*long_name).to_owned(),
                units: String::new(),
                ..DocVariable::default()
            })
            .collect(),
        license: "CC-BY-4.0".to_owned(),
        format: "Zarr v2".to_owned(),
        ..Doc::default()
    }
}

fn docs() -> Vec<Doc> {
    let mut docs = vec![
        doc(
            "Dropsondes of the campaign",
            &["Helene Gloeckner"],
            "HALO",
            &[("ta", "air_temperature", "air temperature"), ("wspd", "wind_speed", "wind speed")],
        ),
        doc(
            "Cloud radar on RV Meteor",
            &["Andreas Foth", "Lukas Kluft"],
            "RV METEOR",
            &[("radar_frequency", "", "Radar frequency")],
        ),
        doc(
            "Ceilometer measurements",
            &["Friedhelm Jansen"],
            "RV Meteor",
            &[("rain", "", "rain detector state"), ("windspeed", "", "")],
        ),
        doc("Rain gauge measurements", &["Martin Stelzner"], "RV Meteor", &[("RR", "rainfall_rate", "")]),
        doc("ISAR L2 SST product", &["UoS"], "RV Meteor", &[("sst", "sea_surface_temperature", "")]),
        doc(
            "Water vapor by Raman lidar",
            &["Ilya Serikov"],
            "RV Meteor",
            &[("mr", "", "mixing ratio of water vapour")],
        ),
        doc(
            "ATR-42 radiometer <script>alert(1)</script>",
            &["Délián Colón-Burgos"],
            "ATR-42",
            &[("tb", "brightness_temperature", "")],
        ),
    ];
    docs[0].time = Some((day_of(2024, 8, 9), day_of(2024, 9, 28)));
    docs[0].bbox = Some([-60.0, 3.0, -20.0, 20.0]);
    docs[1].time = Some((day_of(2024, 8, 16), day_of(2024, 9, 23)));
    docs[1].bbox = Some([170.0, -10.0, -170.0, 10.0]);
    docs[1].doi = Some(format!("10.82246/{}", docs[1].cid));
    docs[1].ids =
        vec![format!("10.82246/{}", docs[1].cid), "123e4567-e89b-12d3-a456-426614174000".to_owned()];
    docs[4].summary = "Skin sea surface temperature for the validation of satellites.".to_owned();
    docs[5].keywords = texts(&["CMIP6", "38 kHz", "M203"]);
    docs
}

fn synonyms() -> Synonyms {
    vec![texts(&["SST", "sea surface temperature"]), texts(&["rain", "precipitation", "precip"])]
}

/// An index all of whose files are loaded.
fn index() -> Index {
    let files = build(&docs(), &synonyms(), Layout::default());
    assert_eq!(files.len(), 3, "entry, details, columns");
    let mut index = Index::open(files[0].bytes.clone()).unwrap();
    let need = index.need_rest().unwrap();
    assert_eq!(need.files.len(), 2);
    files[1..].iter().for_each(|file| index.supply(&file.name, file.bytes.clone()).unwrap());
    assert_eq!(index.need_rest(), None);
    index
}

fn titles(index: &Index, text: &str) -> Vec<String> {
    let answer = ask(index, text);
    answer.hits.iter().map(|hit| index.record(hit.doc).unwrap().title.to_owned()).collect()
}

fn ask(index: &Index, text: &str) -> Answer {
    let query = Query::parse(text, true);
    index.search(&Request { query, limit: 50, ..Request::default() }).unwrap()
}

#[track_caller]
fn first(text: &str, title: &str) {
    let index = index();
    let found = titles(&index, text);
    assert!(found.first().is_some_and(|first| first.starts_with(title)), "{text}: {found:?}");
}

#[test]
fn the_best_comes_first() {
    first("dropsonde", "Dropsondes");
    first("dropsnode", "Dropsondes");
    first("radiomter", "ATR-42 radiometer");
    first("rain", "Rain gauge");
    first("precip", "Rain gauge");
    first("SST", "ISAR");
    first("sea surface temperature", "ISAR");
    first("Glöckner", "Dropsondes");
    first("glockner", "Dropsondes");
    first("water vapour", "Water vapor");
    first("atr42", "ATR-42");
    first("cmip6", "Water vapor");
    first("38khz", "Water vapor");
    first("kluft", "Cloud radar");
    first("rada", "Cloud radar");
    first("\"air temperature\"", "Dropsondes");
    first("person:\"Lukas Kluft\"", "Cloud radar");
    first("variable:air_temperature", "Dropsondes");
    first("123e4567-e89b-12d3-a456-426614174000", "Cloud radar");
    let cid = &docs()[1].cid;
    for text in [
        cid.clone(),
        cid[..14].to_owned(),
        format!("doi:10.82246/{cid}"),
        format!("https://doi.org/10.82246/{cid}"),
        format!("ipfs://{cid}/"),
    ] {
        first(&text, "Cloud radar");
    }
}

#[test]
fn spellings_of_two_words_are_the_same_search() {
    let index = index();
    let sorted = |text: &str| {
        let mut found = titles(&index, text);
        found.sort();
        found
    };
    assert_eq!(sorted("wind speed").len(), 2);
    assert_eq!(sorted("wind speed"), sorted("wind_speed"));
    assert_eq!(sorted("wind speed"), sorted("windspeed"));
    assert_eq!(sorted("wind speed"), sorted("windSpeed"));
}

#[test]
fn filters_narrow() {
    let index = index();
    assert_eq!(titles(&index, "platform:\"rv meteor\"").len(), 5, "two spellings of one platform");
    assert_eq!(titles(&index, "platform:halo platform:ATR-42").len(), 2, "either");
    assert_eq!(titles(&index, "2024-08-10"), ["Dropsondes of the campaign"]);
    assert_eq!(titles(&index, "time:2024-09-25/"), ["Dropsondes of the campaign"]);
    assert_eq!(titles(&index, "bbox:-30,0,-10,10"), ["Dropsondes of the campaign"]);
    assert_eq!(titles(&index, "bbox:175,0,-175,10"), ["Cloud radar on RV Meteor"]);
    assert_eq!(titles(&index, "doi:yes"), ["Cloud radar on RV Meteor"]);
    assert_eq!(titles(&index, "meteor -radar -lidar -rain -sst"), Vec::<String>::new());
    assert_eq!(titles(&index, "license:CC-BY-4.0").len(), 7);
    assert_eq!(titles(&index, "license:CC-BY-NC-4.0").len(), 0);
    assert_eq!(titles(&index, "-platform:\"RV Meteor\"").len(), 2);
    assert_eq!(titles(&index, "\"speed wind\"").len(), 0, "a phrase keeps its order");
}

#[test]
fn facets_and_histogram_follow_the_query() {
    let index = index();
    let answer = ask(&index, "meteor platform:HALO");
    assert_eq!((answer.total, answer.without_filters), (0, 5));
    let platforms = index.facet_counts(&answer, Facet::Platform).unwrap().unwrap();
    let count = |value: &str| {
        platforms.values.iter().find(|one| one.value == value).map(|one| (one.count, one.of, one.chosen))
    };
    assert_eq!(count("RV Meteor"), Some((5, 5, false)), "its own filter does not hide the others");
    assert_eq!(count("HALO"), Some((0, 1, true)));
    let histogram = index.histogram(&ask(&index, "radar 2024-08-09"), 20).unwrap().unwrap();
    assert_eq!((histogram.start, histogram.end), (day_of(2024, 8, 9), day_of(2024, 9, 28)));
    assert_eq!((histogram.all.len(), histogram.all[0], histogram.all[10]), (20, 1, 2));
    assert_eq!((histogram.hits[0], histogram.hits[10]), (0, 1));
}

#[test]
fn what_is_counted_of_an_answer_can_be_handed_over() {
    let index = index();
    let answer = ask(&index, "meteor platform:HALO");
    let (docs, fails, filters) = answer.basis();
    let foreign = [docs, &[9_999]].concat();
    let copy = Answer::of_basis(index.len(), foreign, fails.to_vec(), filters.clone());
    for facet in Facet::ALL {
        assert_eq!(index.facet_counts(&copy, facet), index.facet_counts(&answer, facet), "{facet:?}");
    }
    assert_eq!(index.histogram(&copy, 9), index.histogram(&answer, 9));
}

#[test]
fn the_first_hits_are_those_of_all() {
    let index = index();
    let all = Request { query: Query::parse("meteor", true), limit: 20, ..Request::default() };
    let (first, all) =
        (index.search(&Request { described: Some(2), ..all.clone() }).unwrap(), index.search(&all).unwrap());
    assert!(all.hits.len() > 2);
    assert_eq!((first.docs, &first.hits[..]), (all.docs, &all.hits[..2]));
}

#[test]
fn coordinates_are_no_facet_and_an_embargo_is_in_the_record() {
    let mut one =
        doc("A flight", &["A. Person"], "HALO", &[("ta", "air_temperature", ""), ("lat", "latitude", "")]);
    one.variables[1].coordinate = true;
    (one.embargo, one.picture) = (Some(day_of(2027, 6, 1)), true);
    let files = build(&[one], &synonyms(), Layout::default());
    let mut index = Index::open(files[0].bytes.clone()).unwrap();
    files[1..].iter().for_each(|file| index.supply(&file.name, file.bytes.clone()).unwrap());
    let answer = ask(&index, "latitude");
    assert_eq!(answer.total, 1);
    let record = index.record(answer.hits[0].doc).unwrap();
    assert_eq!((record.embargo, record.picture, record.time), (Some(day_of(2027, 6, 1)), true, None));
    let variables = index.facet_counts(&answer, Facet::Variable).unwrap().unwrap();
    let names: Vec<&str> = variables.values.iter().map(|one| one.value.as_str()).collect();
    assert_eq!(names, ["air_temperature"]);
    assert_eq!(ask(&index, "variable:latitude").total, 1);
}

#[test]
fn hits_say_why() {
    let index = index();
    let answer = ask(&index, "radar freq");
    let hit = &answer.hits[0];
    let title = index.record(hit.doc).unwrap().title;
    assert_eq!(hit.title.iter().map(|mark| &title[mark.0..mark.1]).collect::<Vec<_>>(), ["radar"]);
    let variable = hit.matched.iter().find(|one| one.field == Field::Variable).unwrap();
    assert_eq!(variable.text.text, "radar_frequency");
    assert_eq!(variable.text.marks, [(0, 5), (6, 15)]);
    let answer = ask(&index, "sst satellite");
    let snippet = answer.hits[0].snippet.clone().unwrap();
    let marked: Vec<&str> = snippet.marks.iter().map(|mark| &snippet.text[mark.0..mark.1]).collect();
    assert_eq!(marked, ["sea surface temperature", "satellites"], "a synonym is marked as a whole");
}

#[test]
fn nothing_found_says_what_is_near() {
    let index = index();
    let answer = ask(&index, "radiomter dropsnode");
    assert!(answer.partial);
    assert_eq!(answer.total, 2);
    assert!(answer.hits.iter().all(|hit| hit.missing.len() == 1));
    let meant: Vec<&str> = answer.corrections.iter().map(|one| one.meant.as_str()).collect();
    assert_eq!(meant, ["radiometer", "dropsondes"]);
    let answer = ask(&index, "xylophone");
    assert_eq!((answer.total, answer.partial, answer.words[0].datasets), (0, false, 0));
}

#[test]
fn any_query_is_answered() {
    let index = index();
    let mut seed = 99_u64;
    let mut random = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let pieces = [
        "radar",
        "\"",
        "-",
        "platform:",
        "bbox:",
        "1,2,3,4",
        "\u{0}",
        "é",
        "🦀",
        " ",
        "2024-",
        "08",
        "bafy",
        "10.5/",
        ":",
        "wind_",
        "*",
        "“",
        "”",
        "Qm",
    ];
    for _ in 0..3000 {
        let text: String = (0..random(12)).map(|_| pieces[random(pieces.len() as u64) as usize]).collect();
        ask(&index, &text);
        assert!(index.suggest(&text, index.words(&text), 8).len() <= 8);
    }
    for text in
        ["x".repeat(10_000), "radar ".repeat(2000), "\"".repeat(10_000), "-".repeat(9999), "٣".repeat(4000)]
    {
        ask(&index, &text);
    }
}

fn suggest(index: &Index, text: &str) -> Vec<Suggestion> {
    index.suggest(text, index.words(text), 5)
}

#[test]
fn suggestions_are_values_of_the_catalogue() {
    let index = index();
    let values = |text: &str| suggest(&index, text).into_iter().map(|one| one.value).collect::<Vec<_>>();
    assert_eq!(values("luk"), ["Lukas Kluft"]);
    assert_eq!(values("radar from rv met"), ["RV Meteor"]);
    assert_eq!(values("sea surf"), ["sea_surface_temperature"]);
    assert!(values("").is_empty() && values("zzz").is_empty());
}

#[test]
fn words_are_suggested_where_no_value_says_as_much() {
    let index = index();
    let all = suggest(&index, "cloud rad");
    let words: Vec<(&str, usize)> = all.iter().map(|one| (one.value.as_str(), one.datasets)).collect();
    assert_eq!(words, [("radar", 1), ("radiometer", 1)]);
    assert!(all.iter().all(|one| one.facet.is_none()));
    // Not what is typed already, nor two words written as one.
    assert!(suggest(&index, "radiometer").is_empty());
    assert!(suggest(&index, "seasur").iter().all(|one| one.facet.is_some()));
}

#[test]
fn a_year_is_that_of_the_data() {
    let index = index();
    let of_2024 = ["Cloud radar on RV Meteor", "Dropsondes of the campaign"];
    assert_eq!(titles(&index, "2024"), of_2024);
    assert_eq!(titles(&index, "year:2024"), of_2024);
    assert_eq!(titles(&index, "radar 2024"), ["Cloud radar on RV Meteor"]);
    let answer = ask(&index, "halo 2024");
    let year = answer.hits[0].matched.iter().find(|one| one.field == Field::Year).unwrap();
    assert_eq!((year.text.text.as_str(), &year.text.marks[..]), ("2024", &[(0, 4)][..]));
    assert!(ask(&index, "radar 2023").partial);
}

#[test]
fn hits_come_in_the_order_that_is_asked_for() {
    let mut docs = docs();
    // From A to G, the later the earlier published; one without either date.
    for (at, one) in docs.iter_mut().enumerate().take(6) {
        let day = day_of(2024, 1, 1) + at as i32;
        one.time = Some((day - 400, day));
        one.published = Some(day_of(2025, 1, 1) - at as i32);
    }
    docs[6].time = None;
    let files = build(&docs, &synonyms(), Layout::default());
    let mut index = Index::open(files[0].bytes.clone()).unwrap();
    files[1..].iter().for_each(|file| index.supply(&file.name, file.bytes.clone()).unwrap());
    let sorted = |text: &str, sort: Sort| -> Vec<usize> {
        let request = Request { query: Query::parse(text, true), sort, limit: 50, ..Request::default() };
        let answer = index.search(&request).unwrap();
        let cids = answer.docs.iter().map(|doc| index.record(*doc).unwrap().cid.to_owned());
        cids.map(|cid| docs.iter().position(|one| one.cid == cid).unwrap()).collect()
    };
    assert_eq!(sorted("", Sort::NewestData), [5, 4, 3, 2, 1, 0, 6]);
    assert_eq!(sorted("", Sort::NewestPublication), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(sorted("", Sort::Title), [6, 2, 1, 0, 4, 3, 5]);
    assert_eq!(sorted("", Sort::Relevance), sorted("", Sort::Title), "without words there is no rank");
    assert_eq!(sorted("meteor", Sort::NewestData), [5, 4, 3, 2, 1]);
    assert_eq!(sorted("meteor", Sort::Title), [2, 1, 4, 3, 5]);
}

#[test]
fn typos_are_read_by_the_length_of_the_word() {
    // Two from eight letters on.
    first("dopsodes", "Dropsondes");
    first("ceilomtr", "Ceilometer");
    let index = index();
    let found = |text: &str| ask(&index, text).docs.len();
    // One from four; the first letter stands.
    assert_eq!((found("rein"), found("lidr"), found("midar")), (2, 1, 0));
    assert_eq!((found("ldr"), found("meter")), (0, 5), "three letters are taken at their word");
    assert_eq!(found("rdomter"), 0, "two edits in seven letters are another word");
}

/// Searches as a host does: fetches what is needed until there is an answer.
fn drive(index: &mut Index, files: &BTreeMap<String, Vec<u8>>, request: &Request) -> (Answer, usize) {
    for round in 0..10 {
        match index.search(request) {
            Ok(answer) => return (answer, round),
            Err(need) => need.files.iter().for_each(|name| index.supply(name, files[name].clone()).unwrap()),
        }
    }
    panic!("no answer after ten rounds")
}

const SPLIT: Layout =
    Layout { inline_bytes: 0, shared_column_bytes: 0, shard_bytes: 200, shard_records: 2, shard_details: 2 };

/// Facets and histogram, with the files that they need.
fn counted(index: &mut Index, names: &BTreeMap<String, Vec<u8>>, answer: &Answer) -> String {
    loop {
        let facets: Result<Vec<_>, Need> =
            Facet::ALL.into_iter().map(|facet| index.facet_counts(answer, facet)).collect();
        let need = match facets.and_then(|facets| Ok((facets, index.histogram(answer, 9)?))) {
            Ok(counts) => return format!("{counts:?}"),
            Err(need) => need,
        };
        need.files.iter().for_each(|name| index.supply(name, names[name].clone()).unwrap());
    }
}

#[test]
fn one_file_and_many_files_give_the_same_hits() {
    let mut whole = index();
    let files = build(&docs(), &synonyms(), SPLIT);
    let names: BTreeMap<String, Vec<u8>> =
        files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    assert!(files.len() > 15, "{}", files.len());
    for text in [
        "radar",
        "sst",
        "wind speed",
        "platform:HALO",
        "2024-08-10",
        "\"air temperature\"",
        "\"speed wind\"",
        "\"cloud radar\"",
        "title:\"cloud radar\"",
        "radar -\"cloud radar\"",
        "\"sea surface temperature\"",
        "gloeckner",
        "radiomter",
        &docs()[3].cid,
    ] {
        let mut split = Index::open(files[0].bytes.clone()).unwrap();
        let request = Request { query: Query::parse(text, false), limit: 20, ..Request::default() };
        let (answer, rounds) = drive(&mut split, &names, &request);
        let want = whole.search(&request).unwrap();
        assert_eq!(answer.docs, want.docs, "{text}");
        assert_eq!(counted(&mut split, &names, &answer), counted(&mut whole, &names, &want), "{text}");
        assert!(rounds <= 4, "{text}: {rounds}");
    }
}

#[test]
fn a_beginning_of_two_letters_stands_for_the_frequent_words_of_a_large_catalogue() {
    let titled = |at: usize, title: String| Doc { cid: format!("bafy{at}"), title, ..Doc::default() };
    // A hundred words before it in the dictionary.
    let mut docs: Vec<Doc> = (0..100).map(|at| titled(at, format!("Wia{at}x"))).collect();
    docs.extend((100..300).map(|at| titled(at, format!("Wind {at}"))));
    let layout = Layout { shard_records: 48, shard_bytes: 2000, ..SPLIT };
    let files = build(&docs, &synonyms(), layout);
    let names: BTreeMap<String, Vec<u8>> =
        files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    for (text, least) in [("w", 200), ("wi", 200), ("win", 200), ("wia", 64)] {
        let mut split = Index::open(files[0].bytes.clone()).unwrap();
        let request = Request { query: Query::parse(text, true), limit: 20, ..Request::default() };
        let (answer, rounds) = drive(&mut split, &names, &request);
        assert!(answer.total >= least && !answer.partial, "{text}: {}", answer.total);
        assert!(rounds <= 4, "{text}: {rounds}");
    }
}

#[test]
fn of_a_phrase_its_words_by_themselves_are_no_reason() {
    let doc = Doc {
        cid: "bafy".to_owned(),
        title: "Air over the sea".to_owned(),
        keywords: vec!["air temperature".to_owned(), "sea surface temperature".to_owned()],
        ..Doc::default()
    };
    let files = build(&[doc], &synonyms(), Layout::default());
    let mut index = Index::open(files[0].bytes.clone()).unwrap();
    files[1..].iter().for_each(|file| index.supply(&file.name, file.bytes.clone()).unwrap());
    let answer = ask(&index, "\"air temperature\"");
    let hit = &answer.hits[0];
    assert!(hit.title.is_empty(), "{:?}", hit.title);
    let found: Vec<(&str, &[(usize, usize)])> =
        hit.matched.iter().map(|one| (one.text.text.as_str(), &one.text.marks[..])).collect();
    assert_eq!(found, [("air temperature", &[(0, 15)][..])]);
}

#[test]
fn a_name_of_a_field_without_a_value_asks_for_nothing() {
    let index = index();
    for text in ["title:", "bbox:", "-platform:", "time: "] {
        assert_eq!(ask(&index, text).total, index.len(), "{text}");
    }
    assert_eq!(ask(&index, "radar title:").docs, ask(&index, "radar ").docs);
}

#[test]
fn a_phrase_is_found_in_all_of_many_datasets_without_their_texts() {
    let titled = |at: usize, title: &str| Doc {
        cid: format!("bafy{at}"),
        title: format!("{title} {at}"),
        ..Doc::default()
    };
    let mut docs: Vec<Doc> = (0..400).map(|at| titled(at, "Cloud radar of the north")).collect();
    docs.extend((400..700).map(|at| titled(at, "Radar above any cloud")));
    // Two words of it stand beside each other in the title, others in the summary.
    docs.push(Doc { summary: "radar of north winds".to_owned(), ..titled(700, "A cloud radar") });
    let layout = Layout { shard_records: 48, shard_details: 12, shard_bytes: 2000, ..SPLIT };
    let files = build(&docs, &synonyms(), layout);
    let names: BTreeMap<String, Vec<u8>> =
        files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    for (text, total) in [
        ("\"cloud radar\"", 401),
        ("\"radar cloud\"", 0),
        ("summary:\"cloud radar\"", 0),
        ("title:\"cloud radar\"", 401),
        ("radar -\"cloud radar\"", 300),
        ("\"cloud radar of the north\"", 400),
    ] {
        let mut split = Index::open(files[0].bytes.clone()).unwrap();
        let request = Request { query: Query::parse(text, false), limit: 20, ..Request::default() };
        let (answer, rounds) = drive(&mut split, &names, &request);
        assert_eq!((answer.total, answer.partial), (total, false), "{text}");
        assert!(rounds <= 4, "{text}: {rounds}");
    }
}

#[test]
fn the_entry_alone_ranks_as_all_files_do() {
    let whole = index();
    let alone = Index::open(build(&docs(), &synonyms(), Layout::default()).remove(0).bytes).unwrap();
    for text in ["radar", "sst", "wind speed", "radiomter dropsnode", "sea surface temp", "kluft", ""] {
        let brief = Request { query: Query::parse(text, true), limit: 20, brief: true, ..Request::default() };
        let (a, b) = (alone.search(&brief).unwrap(), whole.search(&brief).unwrap());
        assert_eq!(a.docs, b.docs, "{text}");
        assert!(a.hits.iter().all(|hit| hit.brief && hit.snippet.is_none()), "{text}");
        assert!(b.hits.iter().all(|hit| !hit.brief), "{text}");
        let need = alone.search(&Request { brief: false, ..brief }).unwrap_err();
        assert_eq!(need.files.len(), 1, "{text}");
    }
    let answer = alone.search(&Request::default()).unwrap();
    let needs = Facet::ALL.map(|facet| alone.facet_counts(&answer, facet).unwrap_err().files);
    assert!(needs.iter().all(|files| files.len() == 1 && *files == needs[0]), "all columns are one file");
    assert_eq!(alone.histogram(&answer, 9).unwrap_err().files, needs[0]);
    assert!(alone.place(0).is_none() && alone.need_places().is_some());
}

#[test]
fn the_order_of_documents_does_not_change_a_byte() {
    let mut docs = docs();
    let one = build(&docs, &synonyms(), SPLIT);
    docs.reverse();
    assert_eq!(one, build(&docs, &synonyms(), SPLIT));
}

#[test]
fn an_empty_catalogue_is_searchable() {
    let files = build(&[], &vec![], Layout::default());
    let mut index = Index::open(files[0].bytes.clone()).unwrap();
    files[1..].iter().for_each(|file| index.supply(&file.name, file.bytes.clone()).unwrap());
    assert!(index.is_empty());
    assert_eq!(ask(&index, "radar").total, 0);
    assert_eq!(ask(&index, "").total, 0);
}
