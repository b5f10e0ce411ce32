//! Where the time of a command goes: [`phase`] measures from its call until it is dropped, [`table`] tells.
//!
//! `pinfold build --timings` prints it: for each phase wall time, processor time of all threads (which a busy
//! machine does not change) and the memory in use at its end. Phases inside of others count in both.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// One phase that is over.
#[derive(Debug, Clone)]
struct Lap {
    name: &'static str,
    wall: Duration,
    cpu: Duration,
    resident_mb: f64,
}

static LAPS: Mutex<Vec<Lap>> = Mutex::new(Vec::new());

/// A phase that is going on; it ends when this is dropped.
#[derive(Debug)]
#[must_use = "it measures until it is dropped"]
pub struct Phase {
    name: &'static str,
    wall: Instant,
    cpu: Duration,
}

/// Begins a phase.
pub fn phase(name: &'static str) -> Phase {
    Phase { name, wall: Instant::now(), cpu: cpu_time() }
}

impl Drop for Phase {
    fn drop(&mut self) {
        let lap = Lap {
            name: self.name,
            wall: self.wall.elapsed(),
            cpu: cpu_time().saturating_sub(self.cpu),
            resident_mb: resident_mb(),
        };
        if let Ok(mut laps) = LAPS.lock() {
            laps.push(lap);
        }
    }
}

/// All phases that ended, in that order, one line each.
#[must_use]
pub fn table() -> String {
    let laps = LAPS.lock().map(|laps| laps.clone()).unwrap_or_default();
    let mut text = format!("{:<32} {:>9} {:>9} {:>9}\n", "phase", "wall s", "cpu s", "memory MB");
    for lap in laps {
        let (wall, cpu) = (lap.wall.as_secs_f64(), lap.cpu.as_secs_f64());
        text += &format!("{:<32} {wall:>9.3} {cpu:>9.3} {:>9.1}\n", lap.name, lap.resident_mb);
    }
    text
}

/// Processor time of this process, all threads.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// Not known here.
#[cfg(not(unix))]
fn cpu_time() -> Duration {
    Duration::ZERO
}

/// Memory in use, where `/proc` tells; else 0.
fn resident_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) * 1024.0 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_told() {
        let measured = phase("counting sheep");
        std::thread::sleep(Duration::from_millis(20));
        drop(measured);
        let table = table();
        let line = table.lines().find(|line| line.starts_with("counting sheep")).unwrap();
        let wall: f64 = line["counting sheep".len()..].split_whitespace().next().unwrap().parse().unwrap();
        assert!((0.02..20.0).contains(&wall), "{table}");
    }
}
