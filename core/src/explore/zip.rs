//! A ZIP archive written piece by piece, nothing compressed: [`ZipWriter`].
//!
//! Chunks of Zarr are compressed already. Sizes stand behind each file (data descriptors), so that a file can be
//! passed on while it is being read; archives and files beyond 4 GiB and 65,535 entries are ZIP64.
//! Specification: APPNOTE 6.3.10. Not supported: compression, encryption, anything but regular files.

use pinfold_codec::crc::Crc32;

/// Sizes are in a data descriptor; names are UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;

/// 1 January 1980, the earliest that the format knows: the archive does not depend on the clock.
const DATE: u16 = 1 << 5 | 1;

/// The version that a reader needs for ZIP64.
const VERSION: u16 = 45;

struct Entry {
    name: String,
    crc: u32,
    size: u64,
    offset: u64,
}

/// Writes an archive; each call appends to a buffer that the caller empties when it likes.
#[derive(Default)]
pub struct ZipWriter {
    entries: Vec<Entry>,
    open: Option<(Entry, Crc32)>,
    offset: u64,
}

fn short(out: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

fn long(out: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

fn wide(out: &mut Vec<u8>, values: &[u64]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

/// What stands where a number has moved to the ZIP64 part.
fn capped(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl ZipWriter {
    /// Begins a file; the one before it ends. Names are cut at 65,535 bytes by nobody: longer ones are refused.
    ///
    /// # Errors
    /// The name, when it is too long for the format.
    pub fn file(&mut self, name: &str, out: &mut Vec<u8>) -> Result<(), String> {
        self.end_file(out);
        let Ok(length) = u16::try_from(name.len()) else { return Err(name.to_owned()) };
        let start = out.len();
        long(out, &[0x0403_4b50]);
        short(out, &[VERSION, FLAGS, 0, 0, DATE]);
        // CRC and sizes follow behind; a ZIP64 field says that they are 64 bits wide there.
        long(out, &[0, u32::MAX, u32::MAX]);
        short(out, &[length, 20]);
        out.extend_from_slice(name.as_bytes());
        short(out, &[1, 16]);
        wide(out, &[0, 0]);
        let entry = Entry { name: name.to_owned(), crc: 0, size: 0, offset: self.offset };
        self.offset += (out.len() - start) as u64;
        self.open = Some((entry, Crc32::default()));
        Ok(())
    }

    /// Bytes of the file that was begun last: they are counted here, and the caller passes them on as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if let Some((entry, crc)) = &mut self.open {
            crc.update(bytes);
            entry.size += bytes.len() as u64;
            self.offset += bytes.len() as u64;
        }
    }

    fn end_file(&mut self, out: &mut Vec<u8>) {
        let Some((mut entry, crc)) = self.open.take() else { return };
        entry.crc = crc.sum();
        let start = out.len();
        long(out, &[0x0807_4b50, entry.crc]);
        wide(out, &[entry.size, entry.size]);
        self.offset += (out.len() - start) as u64;
        self.entries.push(entry);
    }

    /// The list of files at the end.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.end_file(out);
        let (directory, start) = (self.offset, out.len());
        for entry in &self.entries {
            long(out, &[0x0201_4b50]);
            short(out, &[VERSION, VERSION, FLAGS, 0, 0, DATE]);
            long(out, &[entry.crc, u32::MAX, u32::MAX]);
            // Its length was checked when the file was begun.
            short(out, &[entry.name.len() as u16, 28, 0, 0, 0]);
            long(out, &[0, u32::MAX]);
            out.extend_from_slice(entry.name.as_bytes());
            short(out, &[1, 24]);
            wide(out, &[entry.size, entry.size, entry.offset]);
        }
        let length = (out.len() - start) as u64;
        let count = self.entries.len() as u64;
        let end = directory + length;
        long(out, &[0x0606_4b50]);
        wide(out, &[44]);
        short(out, &[VERSION, VERSION]);
        long(out, &[0, 0]);
        wide(out, &[count, count, length, directory]);
        long(out, &[0x0706_4b50, 0]);
        wide(out, &[end]);
        long(out, &[1, 0x0605_4b50]);
        let few = u16::try_from(count).unwrap_or(u16::MAX);
        short(out, &[0, 0, few, few]);
        long(out, &[capped(length), capped(directory)]);
        short(out, &[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads archives with Python's `zipfile`, which no one here wrote.
    #[test]
    fn python_reads_it() {
        let mut zip = ZipWriter::default();
        let mut out = Vec::new();
        zip.file(".zgroup", &mut out).expect("a short name");
        for part in [&b"{\"zarr_format\":"[..], b"2}"] {
            zip.bytes(part);
            out.extend_from_slice(part);
        }
        zip.file("leer/\u{fc}ber", &mut out).expect("a short name");
        zip.finish(&mut out);
        let path = std::env::temp_dir().join(format!("pinfold-zip-{}.zip", std::process::id()));
        std::fs::write(&path, &out).expect("the temporary folder can be written");
        let script = "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;\
                      print([(i.filename,z.read(i)) for i in z.infolist()])";
        let answer = std::process::Command::new("python3").args(["-c", script]).arg(&path).output();
        let _ = std::fs::remove_file(&path);
        let Ok(answer) = answer else {
            println!("SKIPPED python_reads_it: no python3");
            return;
        };
        assert_eq!(
            String::from_utf8_lossy(&answer.stdout).trim(),
            "[('.zgroup', b'{\"zarr_format\":2}'), ('leer/\u{fc}ber', b'')]",
            "{}",
            String::from_utf8_lossy(&answer.stderr)
        );
    }

    #[test]
    fn long_names_are_refused() {
        assert!(ZipWriter::default().file(&"n".repeat(70_000), &mut Vec::new()).is_err());
    }
}
