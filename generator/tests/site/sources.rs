//! Sources that are missing, damaged, lying, silent or far away.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use expect_test::expect;

use super::blocks::Blocks;
use super::harness::BuildTest;
use super::{demo, two};

const ABSENT: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";

#[test]
fn an_unreachable_root_stops_nobody_else() {
    let (blocks, root, ..) = two();
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test.file("pinlist.yaml", format!("- cid: {ABSENT}\n  name: far away\n- cid: {root}\n"));
    let test = test.build().check_code(0).check_stderr(expect![[r#"
        error[pin-unreachable]: its root cannot be had: no source has block bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34 (data.car does not have block bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34)
          --> pinlist.yaml:1:3, pin far away
            |
          1 | - cid: bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34
            |   ^
          = start a node that has it, or take it along as a file: `ipfs dag export bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34 > data.car`, then add `--source data.car`

        warning[year-assumed]: the year of publication is not known; 2026, the year of the build, is assumed
          --> pinlist.yaml:3:3, pin bafybeib…v4i7xi, dataset products/two.zarr (bafybeieaaykixcsvyoladkrrsrgwo5f5hsh74m56e3bac2kxwtffa6xsmi)
          = give the attribute `date_issued`, or `meta.created` of the pin

        warning[year-assumed]: the year of publication is not known; 2026, the year of the build, is assumed
          --> pinlist.yaml:3:3, pin bafybeib…v4i7xi, dataset one.zarr (bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce)
          = give the attribute `date_issued`, or `meta.created` of the pin

        1 error, 2 warnings
    "#]]);
    assert_eq!(test.datasets().len(), 2);
    // Under --strict the site stays as it was.
    let before = test.tree("dist");
    let test = test.file("content/site.yaml", "title: Other\nurl: https://example.org/\n");
    let test =
        test.with(&["--strict"]).build().check_code(1).check_says("not published, as --strict wants it");
    assert!(test.tree("dist") == before);
}

#[test]
fn a_source_that_lies_is_named_and_the_next_one_asked() {
    let (mut blocks, root, one, _) = two();
    let good = blocks.car();
    // The blocks of one dataset's root are exchanged in the first source, the second has nothing of use.
    let position = blocks.list.iter().position(|(cid, _)| *cid == one).unwrap();
    let mut wrong = pinfold_core::car::write_header(&[root]);
    for (index, (cid, bytes)) in blocks.list.iter().enumerate() {
        let mut bytes = bytes.clone();
        if index == position {
            bytes[5] ^= 1;
        }
        wrong.extend(pinfold_core::car::section_head(*cid, bytes.len()));
        wrong.extend(bytes);
    }
    blocks.list.clear();
    blocks.file("something else");
    let test = BuildTest::new()
        .file("liar.car", wrong)
        .file("other.car", blocks.car())
        .file("good.car", good)
        .file("pinlist.yaml", format!("- cid: {root}\n"))
        .source("liar.car")
        .source("other.car")
        .source("good.car");
    let test = test
        .build()
        .check_code(0)
        .check_says("warning[source-corrupt]: the source liar.car delivered wrong bytes");
    assert_eq!(test.datasets().len(), 2);
}

#[test]
fn a_truncated_car_is_refused_by_name() {
    let (blocks, root, ..) = two();
    let mut car = blocks.car();
    car.truncate(car.len() - 10);
    let test = BuildTest::new()
        .file("cut.car", car)
        .source("cut.car")
        .file("pinlist.yaml", format!("- cid: {root}\n"));
    test.build().check_code(2).check_stderr(expect![[r#"
        error: cut.car: the CAR is truncated: it ends at byte 3193, inside the section at byte 3055
    "#]]);
}

#[test]
fn a_missing_pinlist_or_source_says_what_to_do() {
    BuildTest::new().build().check_code(2).check_stderr(expect![[r#"
        error: the pinlist pinlist.yaml cannot be read; name another with --pinlist
          because: No such file or directory (os error 2)
    "#]]);
    let test = BuildTest::new().file("pinlist.yaml", "[]").source("none.car");
    test.build().check_code(2).check_stderr(expect![[r#"
        error: `none.car` is not a source: No such file or directory (os error 2); give a .car file, a directory of blocks or a gateway like https://ipfs.example
    "#]]);
}

#[test]
fn a_damaged_cache_entry_is_made_again() {
    let (blocks, root, ..) = two();
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test.file("pinlist.yaml", format!("- cid: {root}\n")).build().check_code(0);
    let before = test.tree("dist");
    let mut damaged = 0;
    for name in test.tree("cache").keys() {
        let path = test.path("cache").join(name);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(path, bytes).unwrap();
        damaged += 1;
    }
    assert!(damaged >= 5, "{damaged} entries");
    fs::remove_dir_all(test.path("dist")).unwrap();
    let test = test
        .build()
        .check_code(0)
        .check_says("(2 read, 0 from the cache")
        .check_says("damaged entries of the cache were made again");
    assert!(test.tree("dist") == before);
    // A damaged picture or meta.car shows only when the page is made.
    for name in test.tree("cache").keys().filter(|name| name.ends_with(".parts")) {
        fs::write(test.path("cache").join(name), "short").unwrap();
    }
    fs::remove_dir_all(test.path("dist")).unwrap();
    let test = test.build().check_code(0).check_says("damaged entries of the cache were made again");
    assert!(test.tree("dist") == before);
}

#[test]
fn ctrl_c_leaves_the_old_site_whole() {
    let (blocks, root, ..) = two();
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test.file("pinlist.yaml", format!("- cid: {root}\n")).build().check_code(0);
    let before = test.tree("dist");
    // A gateway that takes the question and never answers.
    let gateway = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", gateway.local_addr().unwrap());
    let test = test.file("pinlist.yaml", format!("- cid: {root}\n- cid: {ABSENT}\n")).source(address);
    let mut child = test.command("build", &[]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let (mut asked, _) = gateway.accept().unwrap();
    asked.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert!(asked.read(&mut [0; 16]).unwrap() > 0);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it does not stop");
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains("the old site stays"), "{said}");
    assert!(test.tree("dist") == before);
    let left: Vec<String> = fs::read_dir(test.path(""))
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn pages_of_an_earlier_build_are_carried_over() {
    let (blocks, root, one, two) = two();
    let test = BuildTest::new().file("data.car", blocks.car()).source("data.car");
    let test = test
        .file("pinlist.yaml", format!("- cid: {root}\n  name: tree\n- cid: {one}\n"))
        .build()
        .check_code(0);
    fs::rename(test.path("dist"), test.path("before")).unwrap();
    // The whole tree's pin is gone, and nobody has the blocks of the other any more.
    let mut nothing = Blocks::default();
    nothing.file("nothing");
    let test =
        test.file("data.car", nothing.car()).file("pinlist.yaml", format!("- cid: {one}\n  name: lonely\n"));
    let test = test
        .with(&["--previous", "before", "--no-cache"])
        .build()
        .check_code(0)
        .check_stderr(expect![[r#"
            warning[pin-unreachable]: its root cannot be had: no source has block bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce (data.car does not have block bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce); 1 datasets are the ones of the earlier build
              --> pinlist.yaml:1:3, pin lonely
                |
              1 | - cid: bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce
                |   ^
              = start a node that has it, or take it along as a file: `ipfs dag export bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce > data.car`, then add `--source data.car`

            warning[carried-over]: the dataset cannot be read now, its page is the one of the earlier build: zarr.json: no source has block bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce (data.car does not have block bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce)
              --> pinlist.yaml:1:3, pin lonely, dataset bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce
              = start a node that has it, or take it along as a file: `ipfs dag export bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce > data.car`, then add `--source data.car`

            warning[pin-removed]: no pin holds the dataset `Two` any more; its page is carried over
              --> dataset bafybeieaaykixcsvyoladkrrsrgwo5f5hsh74m56e3bac2kxwtffa6xsmi
              = what was published stays: put the pin back, with `meta.withdrawn` if it must not be used

            warning[year-assumed]: the year of publication is not known; 2026, the year of the build, is assumed
              --> pinlist.yaml:1:3, pin lonely, dataset bafybeieyfqbzoibnjv4bocyxh6e67bcc4ofzgo7qzaabt7rlida2fskfce
              = give the attribute `date_issued`, or `meta.created` of the pin

            4 warnings
        "#]]);
    assert_eq!(test.datasets(), {
        let mut all = [one.to_string(), two.to_string()];
        all.sort();
        all
    });
    assert_eq!(test.record(one)["title"], "One");
    let test = test.plain().with(&["--no-cache"]).build().check_code(0);
    let test = test.check_says("error[pin-unreachable]").check_says("warning[page-dropped]");
    assert!(test.datasets().is_empty());
}

/// A child that is ended with the test.
struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn through_a_gateway_few_requests_bring_the_same_site() {
    let from_car = demo().build().check_code(0);
    let mut gateway = from_car.command("serve", &["--site", "none", "--listen", "127.0.0.1:0"]);
    let mut gateway = Child(gateway.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut address = String::new();
    let mut lines = std::io::BufReader::new(gateway.0.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut lines, &mut address).unwrap();
    let test = BuildTest::from_dir("").source(address.trim()).build().check_code(0);
    assert!(test.tree("dist") == from_car.tree("dist"), "another source gives another site");
    let said = test.stdout();
    let (_, line) = said.split_once(&format!("{}: ", address.trim().trim_end_matches('/'))).expect(&said);
    let requests: usize = line.split(' ').next().unwrap().parse().expect(&said);
    // Some twenty folders, nine roots, one request for each small dataset and eight for the two large ones.
    assert!(requests <= 70, "{said}");
    let test = test.build().check_code(0);
    assert!(!test.stdout().contains(" requests, "), "a second build asks nobody: {}", test.stdout());
}
