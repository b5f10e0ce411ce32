//! The CAR header: dag-cbor `{roots: [CID, …], version: 1}`, read and written without a CBOR library.

use super::CarError;
use crate::cid::Cid;

/// What a CAR's header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarHeader {
    /// The roots that it claims.
    pub roots: Vec<Cid>,
}

pub(super) fn encode(roots: &[Cid]) -> Vec<u8> {
    let mut out = vec![0xa2];
    text(&mut out, "roots");
    head(&mut out, 4, roots.len() as u64);
    for root in roots {
        // Tag 42, then the CID's bytes after a zero byte ("identity multibase").
        let cid = root.to_bytes();
        out.extend_from_slice(&[0xd8, 0x2a]);
        head(&mut out, 2, cid.len() as u64 + 1);
        out.push(0);
        out.extend_from_slice(&cid);
    }
    text(&mut out, "version");
    out.push(1);
    out
}

fn text(out: &mut Vec<u8>, value: &str) {
    head(out, 3, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..=23 => out.push(major | value as u8),
        24..=0xff => out.extend_from_slice(&[major | 24, value as u8]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&(value as u16).to_be_bytes());
        }
        _ => {
            out.push(major | 26);
            out.extend_from_slice(&(value as u32).to_be_bytes());
        }
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<CarHeader, CarError> {
    let mut cbor = Cbor { rest: bytes };
    let fields = cbor.expect(5, "a map")?;
    let (mut version, mut roots) = (None, Vec::new());
    for _ in 0..fields {
        let length = cbor.expect(3, "a key")?;
        match cbor.take(length)? {
            b"version" => version = Some(cbor.expect(0, "a version number")?),
            b"roots" => {
                for _ in 0..cbor.expect(4, "a list of roots")? {
                    if cbor.expect(6, "a CID")? != 42 {
                        return Err(bad("a root is not a CID"));
                    }
                    let length = cbor.expect(2, "a CID")?;
                    let Some((0, cid)) = cbor.take(length)?.split_first() else {
                        return Err(bad("a root is not a CID"));
                    };
                    roots.push(Cid::from_bytes(cid).map_err(|error| bad(&error.to_string()))?);
                }
            }
            other => return Err(bad(&format!("unknown key `{}`", String::from_utf8_lossy(other)))),
        }
    }
    match version {
        Some(1) if cbor.rest.is_empty() => Ok(CarHeader { roots }),
        Some(1) => Err(bad("bytes after the header's map")),
        Some(2) => Err(bad("it is a CARv2; convert it with `ipfs dag import` and `ipfs dag export`")),
        Some(version) => Err(bad(&format!("version {version}"))),
        None => Err(bad("no version in the header")),
    }
}

fn bad(reason: &str) -> CarError {
    CarError::Header { reason: reason.to_owned() }
}

struct Cbor<'a> {
    rest: &'a [u8],
}

impl<'a> Cbor<'a> {
    /// The value of an item's head, which must be of type `major`.
    fn expect(&mut self, major: u8, what: &str) -> Result<u64, CarError> {
        let [first] = self.take(1)? else { return Err(bad("the header ends too early")) };
        if first >> 5 != major {
            return Err(bad(&format!("the header has no {what} where one belongs")));
        }
        match first & 31 {
            value @ 0..=23 => Ok(value.into()),
            extra @ 24..=27 => {
                Ok(self.take(1 << (extra - 24))?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
            }
            _ => Err(bad("indefinite lengths are not dag-cbor")),
        }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CarError> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| bad("the header ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }
}
