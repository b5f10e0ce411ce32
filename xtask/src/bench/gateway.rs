//! `pinfold serve` against Kubo's gateway, on the same blocks over loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::{Against, Bench, Row, best_of, pipeline};
use crate::{run, tools};

/// Small blocks that are asked for, each of [`SMALL_BYTES`].
const SMALL_BLOCKS: usize = 10_000;
const SMALL_BYTES: usize = 4096;
/// Connections at once, as a browser opens to one host.
const CONNECTIONS: usize = 6;

/// A file of 1 GiB by path, as a browser or ipfsspec reads it.
pub(super) fn large_file(bench: &Bench) -> Result<Vec<Row>> {
    let file = pipeline::large_file(bench)?;
    let mut kubo = Kubo::new(&bench.work.join("large-ipfs"))?;
    let root = kubo.run(&[
        "add",
        "--quieter",
        "--cid-version=1",
        "--raw-leaves",
        "--chunker=size-1048576",
        "--progress=false",
        text(&file)?,
    ])?;
    let car = bench.work.join("large.car");
    kubo.export(&root, &car)?;
    let path = format!("/ipfs/{root}");
    let size = std::fs::metadata(&file)?.len();
    let read = |address: &str| -> Result<f64> {
        best_of(
            3,
            || Ok(()),
            || {
                let got = Connection::open(address)?.get(&path)?;
                ensure!(got == size, "{address} sent {got} bytes of {size}");
                Ok(())
            },
        )
    };
    let theirs = read(&kubo.start()?)?;
    drop(kubo);
    let ours = Server::pinfold(bench, &car)?;
    let seconds = read(&ours.address)?;
    let mut rows = vec![Row::new("file of 1 GiB by path", seconds, "s", Against::Other("Kubo", theirs))];
    if let Some(peak) = ours.peak_mb() {
        rows.push(Row::new("memory of serve afterwards, peak", peak, "MB", Against::AtMost(200.0)));
    }
    Ok(rows)
}

/// Small blocks as `?format=raw`, over kept connections.
pub(super) fn small_blocks(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.work.join("small");
    std::fs::create_dir_all(&folder)?;
    for number in 0..SMALL_BLOCKS {
        let mut bytes = vec![0u8; SMALL_BYTES];
        bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
        // Folders of a hundred: no directory becomes a HAMT.
        let folder = folder.join(format!("{:03}", number / 100));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{number:05}")), bytes)?;
    }
    let mut kubo = Kubo::new(&bench.work.join("small-ipfs"))?;
    let all = kubo.run(&[
        "add",
        "--recursive",
        "--quiet",
        "--cid-version=1",
        "--raw-leaves",
        "--progress=false",
        text(&folder)?,
    ])?;
    let cids: Vec<&str> = all.lines().collect();
    let root = *cids.last().context("ipfs add printed nothing")?;
    let car = bench.work.join("small.car");
    kubo.export(root, &car)?;
    let leaves: Vec<String> = cids
        .iter()
        .filter(|cid| cid.starts_with("bafkrei"))
        .map(|cid| format!("/ipfs/{cid}?format=raw"))
        .collect();
    ensure!(leaves.len() == SMALL_BLOCKS, "{} leaves instead of {SMALL_BLOCKS}", leaves.len());
    let read = |address: &str| best_of(2, || Ok(()), || get_all(address, &leaves));
    let theirs = read(&kubo.start()?)?;
    drop(kubo);
    let ours = Server::pinfold(bench, &car)?;
    let seconds = read(&ours.address)?;
    Ok(vec![Row::new("10,000 blocks of 4 KiB", seconds, "s", Against::Other("Kubo", theirs))])
}

fn get_all(address: &str, paths: &[String]) -> Result<()> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|first| {
                scope.spawn(move || -> Result<()> {
                    let mut connection = Connection::open(address)?;
                    for path in paths.iter().skip(first).step_by(CONNECTIONS) {
                        let got = connection.get(path)?;
                        ensure!(got == SMALL_BYTES as u64, "{path}: {got} bytes");
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })
}

/// HTTP/1.1 over one kept connection: enough to count bytes.
struct Connection {
    reader: BufReader<TcpStream>,
    address: String,
}

impl Connection {
    fn open(address: &str) -> Result<Connection> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        Ok(Connection { reader: BufReader::with_capacity(1 << 16, stream), address: address.into() })
    }

    /// Reads one body to its end and returns its length.
    fn get(&mut self, path: &str) -> Result<u64> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        self.reader.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        ensure!(status.contains(" 200 "), "{path}: {status}");
        let (mut length, mut chunked) = (None, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse::<u64>().ok();
            }
            chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        if chunked {
            let mut total = 0;
            loop {
                let size = u64::from_str_radix(self.line()?.trim(), 16)?;
                self.skip(size)?;
                self.line()?;
                total += size;
                if size == 0 {
                    return Ok(total);
                }
            }
        }
        let length = length.context("neither length nor chunks")?;
        self.skip(length)?;
        Ok(length)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.reader.read_line(&mut line)? > 0, "the server closed the connection");
        Ok(line.trim_end().to_owned())
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        let copied = std::io::copy(&mut self.reader.by_ref().take(bytes), &mut std::io::sink())?;
        ensure!(copied == bytes, "the body ended after {copied} of {bytes} bytes");
        Ok(())
    }
}

/// A server that ends with this value.
pub(super) struct Server {
    child: Child,
    pub(super) address: String,
}

impl Server {
    pub(super) fn pinfold(bench: &Bench, car: &Path) -> Result<Server> {
        let site = bench.work.join("empty-site");
        std::fs::create_dir_all(&site)?;
        std::fs::write(site.join("index.html"), "<!doctype html><title>bench</title>")?;
        let address = free_address()?;
        let mut command = run::command(&bench.pinfold);
        command.args(["serve", "--listen", &address, "--site"]).arg(site).arg("--source").arg(car);
        Server::start(command, address)
    }

    pub(super) fn start(mut command: std::process::Command, address: String) -> Result<Server> {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut server = Server { child, address };
        let started = Instant::now();
        while TcpStream::connect(&server.address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{:?} ended at once: {status}", command.get_program());
            }
            ensure!(started.elapsed() < Duration::from_secs(60), "no answer at {}", server.address);
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Peak resident memory, where `/proc` tells.
    fn peak_mb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Kubo with a repository of its own that talks to nobody.
pub(super) struct Kubo {
    program: PathBuf,
    repo: PathBuf,
    server: Option<Server>,
}

impl Kubo {
    pub(super) fn new(repo: &Path) -> Result<Kubo> {
        let kubo = Kubo { program: tools::kubo()?, repo: repo.to_path_buf(), server: None };
        kubo.run(&["init", "--profile=test"])?;
        for (key, value) in [
            ("Routing.Type", "\"none\""),
            ("AutoConf.Enabled", "false"),
            ("AutoTLS.Enabled", "false"),
            ("Bootstrap", "[]"),
            ("DNS.Resolvers", "{}"),
            ("Routing.DelegatedRouters", "[]"),
            ("Ipns.DelegatedPublishers", "[]"),
            ("Plugins.Plugins.telemetry.Disabled", "true"),
            ("Gateway.NoFetch", "true"),
            ("Addresses.Swarm", "[]"),
        ] {
            kubo.run(&["config", "--json", key, value])?;
        }
        Ok(kubo)
    }

    fn command(&self) -> std::process::Command {
        let mut command = run::command(&self.program);
        command.env("IPFS_PATH", &self.repo).env("IPFS_TELEMETRY", "off");
        command
    }

    pub(super) fn run(&self, args: &[&str]) -> Result<String> {
        run::read(self.command().args(args)).with_context(|| format!("ipfs {} failed", args.join(" ")))
    }

    fn export(&self, root: &str, car: &Path) -> Result<()> {
        let mut command = self.command();
        command.args(["dag", "export", "--progress=false", root]).stdout(std::fs::File::create(car)?);
        ensure!(command.status()?.success(), "ipfs dag export failed");
        Ok(())
    }

    pub(super) fn start(&mut self) -> Result<String> {
        let (gateway, api) = (free_address()?, free_address()?);
        for (key, address) in [("Addresses.Gateway", &gateway), ("Addresses.API", &api)] {
            let port = address.rsplit(':').next().unwrap_or_default();
            self.run(&["config", key, &format!("/ip4/127.0.0.1/tcp/{port}")])?;
        }
        let mut command = self.command();
        command.arg("daemon");
        self.server = Some(Server::start(command, gateway.clone())?);
        Ok(gateway)
    }
}

pub(super) fn free_address() -> Result<String> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the target folder's path is not UTF-8")
}
