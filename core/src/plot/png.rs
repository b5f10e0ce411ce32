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

/// How many pixels from the beginning are like the first: most of a picture is ground.
fn run(rgba: &[u8]) -> usize {
    /// Looked at together.
    const STEP: usize = 16;
    let Some(first) = rgba.first_chunk::<4>() else { return 0 };
    let wanted = u32::from_ne_bytes(*first);
    let (pixels, _) = rgba.as_chunks::<4>();
    let (steps, _) = pixels.as_chunks::<STEP>();
    let same = |step: &&[[u8; 4]; STEP]| {
        step.iter().fold(0, |differs, pixel| differs | (u32::from_ne_bytes(*pixel) ^ wanted)) == 0
    };
    let at = steps.iter().take_while(same).count() * STEP;
    at + pixels[at..].iter().take_while(|pixel| *pixel == first).count()
}

/// The colours and which of them each pixel has, as far as they are at most 256.
fn indexed(rgba: &[u8], pixels: usize) -> (Vec<[u8; 4]>, Vec<u8>) {
    let mut palette: Vec<[u8; 4]> = Vec::new();
    let mut index_of: HashMap<[u8; 4], u8> = HashMap::new();
    let mut indices = Vec::with_capacity(pixels);
    while let Some(pixel) = rgba[indices.len() * 4..].first_chunk::<4>() {
        // What cannot be seen has no colour of its own.
        let key = if pixel[3] == 0 { [0; 4] } else { *pixel };
        let index = index_of.get(&key).copied().or_else(|| {
            let next = u8::try_from(palette.len()).ok()?;
            palette.push(key);
            index_of.insert(key, next);
            Some(next)
        });
        let Some(index) = index else { break };
        indices.resize(indices.len() + run(&rgba[indices.len() * 4..]), index);
    }
    (palette, indices)
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
    let (palette, indices) = indexed(rgba, pixels);
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
    fn a_run_ends_where_the_colour_does() {
        for (length, more) in [(1, 3), (16, 1), (33, 7), (48, 0)] {
            let mut rgba = [1, 2, 3, 255].repeat(length);
            rgba.extend([4, 5, 6, 255].repeat(more));
            let want: Vec<u8> =
                [0].into_iter().chain((0..length).map(|_| 0)).chain((0..more).map(|_| 1)).collect();
            assert_eq!(idat(&encode((length + more) as u32, 1, &rgba)), want);
        }
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
