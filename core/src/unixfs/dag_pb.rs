//! dag-pb: `PBNode { Links: [PBLink { Hash, Name, Tsize }], Data }`, read leniently and written canonically.
//!
//! Specification: <https://ipld.io/specs/codecs/dag-pb/spec/>. Also the protobuf wire format that the
//! UnixFS message inside `Data` shares.

use bytes::Bytes;

use crate::car::{read_varint, write_varint};
use crate::cid::Cid;

/// A link to another node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbLink {
    /// What it points at.
    pub cid: Cid,
    /// Its name; empty in files.
    pub name: String,
    /// Cumulative size of everything below in bytes, blocks of structure included, as the writer claims.
    pub tsize_bytes: u64,
}

/// A dag-pb node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PbNode {
    /// Its links, in the order in which they were written.
    pub links: Vec<PbLink>,
    /// Its data, a UnixFS message.
    pub data: Option<Bytes>,
}

impl PbNode {
    /// Reads a block's bytes.
    ///
    /// # Errors
    /// What is wrong with them, without the CID.
    pub fn decode(bytes: &Bytes) -> Result<Self, String> {
        let mut node = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Bytes(data)) => {
                    if node.data.replace(data).is_some() {
                        return Err("the node has two data fields".to_owned());
                    }
                }
                (2, Value::Bytes(link)) => node.links.push(decode_link(&link)?),
                (number, _) => return Err(format!("field {number} does not belong into a dag-pb node")),
            }
        }
        Ok(node)
    }

    /// The canonical form: links, then data.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let data_bytes = self.data.as_ref().map_or(0, Bytes::len);
        let mut out = Vec::with_capacity(data_bytes + 60 * self.links.len() + 8);
        let mut link_bytes = Vec::with_capacity(80);
        for link in &self.links {
            link_bytes.clear();
            write_bytes(&mut link_bytes, 1, &link.cid.to_bytes());
            write_bytes(&mut link_bytes, 2, link.name.as_bytes());
            write_number(&mut link_bytes, 3, link.tsize_bytes);
            write_bytes(&mut out, 2, &link_bytes);
        }
        if let Some(data) = &self.data {
            write_bytes(&mut out, 1, data);
        }
        out
    }
}

fn decode_link(bytes: &Bytes) -> Result<PbLink, String> {
    let (mut cid, mut name, mut tsize_bytes) = (None, String::new(), 0);
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(hash)) => cid = Some(Cid::from_bytes(&hash).map_err(|error| error.to_string())?),
            // Names that are not UTF-8 exist in old trees; they are listed, and found by no path.
            (2, Value::Bytes(text)) => name = String::from_utf8_lossy(&text).into_owned(),
            (3, Value::Number(size)) => tsize_bytes = size,
            (number, _) => return Err(format!("field {number} does not belong into a dag-pb link")),
        }
    }
    Ok(PbLink { cid: cid.ok_or("a link without a CID")?, name, tsize_bytes })
}

/// One protobuf value.
#[derive(Debug)]
pub(super) enum Value {
    Number(u64),
    Bytes(Bytes),
}

/// The fields of a protobuf message, one after another.
pub(super) struct Fields<'a> {
    bytes: &'a Bytes,
    offset: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a Bytes) -> Self {
        Self { bytes, offset: 0 }
    }

    fn varint(&mut self) -> Result<u64, String> {
        match read_varint(&self.bytes[self.offset..])? {
            Some((value, length)) => {
                self.offset += length;
                Ok(value)
            }
            None => Err("the message ends inside a number".to_owned()),
        }
    }

    fn take(&mut self, length: u64) -> Result<Bytes, String> {
        let rest = (self.bytes.len() - self.offset) as u64;
        if length > rest {
            return Err(format!("a field claims {length} bytes where {rest} are left"));
        }
        let start = self.offset;
        self.offset += length as usize;
        Ok(self.bytes.slice(start..self.offset))
    }

    fn field(&mut self) -> Result<(u64, Value), String> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Bytes(self.take(8)?),
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Bytes(self.take(4)?),
            kind => return Err(format!("protobuf wire type {kind}")),
        };
        Ok((key >> 3, value))
    }
}

impl Iterator for Fields<'_> {
    type Item = Result<(u64, Value), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.offset >= self.bytes.len() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.offset = self.bytes.len();
        }
        Some(field)
    }
}

pub(super) fn write_bytes(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    write_varint(out, number << 3 | 2);
    write_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn write_number(out: &mut Vec<u8>, number: u64, value: u64) {
    write_varint(out, number << 3);
    write_varint(out, value);
}
