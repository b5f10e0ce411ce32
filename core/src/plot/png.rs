//! A small PNG encoder: [`encode`] writes an indexed picture where at most 256 colours occur, else RGBA.
//!
//! Specification: <https://www.w3.org/TR/png-3/>. Interlacing, ancillary chunks and depths other than 8 are not
//! written.

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(kind);
    out.extend_from_slice(body);
    out.extend_from_slice(&pinfold_codec::crc::crc32(&[kind, body].concat()).to_be_bytes());
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("writing into memory does not fail");
    encoder.finish().expect("writing into memory does not fail")
}

/// `rgba` (4 bytes a pixel, row by row) as PNG; empty where the size does not fit the pixels.
#[must_use]
pub fn encode(columns: u32, rows: u32, rgba: &[u8]) -> Vec<u8> {
    let pixels = rgba.len() / 4;
    if pixels == 0
        || (columns as usize).checked_mul(rows as usize) != Some(pixels)
        || !rgba.len().is_multiple_of(4)
    {
        return Vec::new();
    }
    let mut palette: Vec<[u8; 4]> = Vec::new();
    let mut index_of: HashMap<[u8; 4], u8> = HashMap::new();
    let mut indices = Vec::with_capacity(pixels);
    let mut last: Option<([u8; 4], u8)> = None;
    for pixel in rgba.chunks_exact(4) {
        // What cannot be seen has no colour of its own.
        let key = if pixel[3] == 0 { [0; 4] } else { [pixel[0], pixel[1], pixel[2], pixel[3]] };
        if let Some((_, index)) = last.filter(|(color, _)| *color == key) {
            indices.push(index);
            continue;
        }
        let known = index_of.get(&key).copied().or_else(|| {
            let next = u8::try_from(palette.len()).ok()?;
            palette.push(key);
            index_of.insert(key, next);
            Some(next)
        });
        match known {
            Some(index) => {
                last = Some((key, index));
                indices.push(index);
            }
            None => break,
        }
    }
    let indexed = indices.len() == pixels;
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::with_capacity(13);
    header.extend_from_slice(&columns.to_be_bytes());
    header.extend_from_slice(&rows.to_be_bytes());
    header.extend_from_slice(&[8, if indexed { 3 } else { 6 }, 0, 0, 0]);
    chunk(&mut out, b"IHDR", &header);
    let (bytes, width) = if indexed { (indices.as_slice(), 1) } else { (rgba, 4) };
    if indexed {
        let colors: Vec<u8> = palette.iter().flat_map(|color| [color[0], color[1], color[2]]).collect();
        let alphas: Vec<u8> = palette.iter().map(|color| color[3]).collect();
        chunk(&mut out, b"PLTE", &colors);
        if alphas.iter().any(|alpha| *alpha != 255) {
            chunk(&mut out, b"tRNS", &alphas);
        }
    }
    let mut lines = Vec::with_capacity(bytes.len() + rows as usize);
    for line in bytes.chunks_exact(columns as usize * width) {
        lines.push(0);
        lines.extend_from_slice(line);
    }
    chunk(&mut out, b"IDAT", &deflated(&lines));
    chunk(&mut out, b"IEND", &[]);
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn idat(png: &[u8]) -> Vec<u8> {
        let at = png.windows(4).position(|kind| kind == b"IDAT").unwrap();
        let length = u32::from_be_bytes(png[at - 4..at].try_into().unwrap()) as usize;
        let mut out = Vec::new();
        flate2::read::ZlibDecoder::new(&png[at + 4..at + 4 + length]).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn few_colours_become_a_palette() {
        let png = encode(2, 2, &[1, 2, 3, 255, 9, 9, 9, 0, 7, 7, 7, 0, 1, 2, 3, 255]);
        assert_eq!(png[25], 3);
        assert_eq!(idat(&png), [0, 0, 1, 0, 1, 0]);
        assert!(png.windows(4).any(|kind| kind == b"tRNS"));
    }

    #[test]
    fn many_colours_stay_rgba() {
        let rgba: Vec<u8> = (0..300u32).flat_map(|i| [i as u8, (i / 256) as u8, 0, 255]).collect();
        let png = encode(300, 1, &rgba);
        assert_eq!(png[25], 6);
        assert_eq!(&idat(&png)[1..], rgba.as_slice());
    }

    #[test]
    fn wrong_sizes_give_nothing() {
        assert!(encode(3, 1, &[0; 8]).is_empty());
        assert!(encode(0, 0, &[]).is_empty());
        assert!(encode(u32::MAX, u32::MAX, &[0; 4]).is_empty());
    }
}
