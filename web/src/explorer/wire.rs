//! The bytes of a message: [`Wire`], which [`wire!`] makes for a type whose fields have it.
//!
//! Fields follow each other without names: page and worker are one program. Every number is eight bytes, little-endian;
//! a list or text begins with its length, an enum with the number of its variant. Reading never fails in the middle,
//! which would take code in each place: where bytes lack or are wrong, fields are empty and [`Input::is_good`] says so
//! in the end.

use pinfold_core::cid::Cid;
use pinfold_core::sorted::SortedMap;

/// What can be in a message.
pub(crate) trait Wire {
    /// Adds the bytes of it.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes it from the beginning of `input`.
    fn read(input: &mut Input<'_>) -> Self;
}

/// The bytes that are not read yet.
pub(crate) struct Input<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, broken: false }
    }

    /// Whether everything was there, and nothing is left.
    pub(crate) fn is_good(&self) -> bool {
        !self.broken && self.rest.is_empty()
    }

    /// Says that the bytes are no message.
    pub(crate) fn spoil(&mut self) {
        self.broken = true;
        self.rest = &[];
    }

    /// The next bytes; none where there are not so many.
    fn take(&mut self, length: u64) -> &'a [u8] {
        match usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length)) {
            Some((taken, rest)) => {
                self.rest = rest;
                taken
            }
            None => {
                self.spoil();
                &[]
            }
        }
    }

    #[inline(never)]
    pub(crate) fn number(&mut self) -> u64 {
        self.take(8).try_into().map_or(0, u64::from_le_bytes)
    }

    fn text(&mut self) -> &'a str {
        let length = self.number();
        let text = std::str::from_utf8(self.take(length));
        text.unwrap_or_else(|_| {
            self.spoil();
            ""
        })
    }
}

#[inline(never)]
fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(bytes);
}

impl Wire for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(&self.to_le_bytes(), out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        input.number()
    }
}

impl Wire for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        // What was written is one.
        input.number() as u32
    }
}

impl Wire for usize {
    fn write(&self, out: &mut Vec<u8>) {
        (*self as u64).write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        input.number() as usize
    }
}

impl Wire for bool {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        input.number() != 0
    }
}

impl Wire for f64 {
    fn write(&self, out: &mut Vec<u8>) {
        self.to_bits().write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        Self::from_bits(input.number())
    }
}

impl Wire for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        write_bytes(self.as_bytes(), out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        input.text().to_owned()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(input: &mut Input<'_>) -> Self {
        bool::read(input).then(|| T::read(input))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        self.iter().for_each(|value| value.write(out));
    }

    fn read(input: &mut Input<'_>) -> Self {
        let mut values = Vec::new();
        // Every value has bytes, so that a false length ends with the input.
        for _ in 0..input.number() {
            if input.broken {
                break;
            }
            values.push(T::read(input));
        }
        values
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        (A::read(input), B::read(input))
    }
}

impl<K: Wire + Ord, V: Wire> Wire for SortedMap<K, V> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        for (key, value) in self.iter() {
            key.write(out);
            value.write(out);
        }
    }

    fn read(input: &mut Input<'_>) -> Self {
        Vec::read(input).into_iter().collect()
    }
}

impl Wire for Option<Cid> {
    fn write(&self, out: &mut Vec<u8>) {
        self.map(|cid| cid.to_string()).unwrap_or_default().write(out);
    }

    fn read(input: &mut Input<'_>) -> Self {
        let text = input.text();
        let cid = text.parse().ok();
        if cid.is_none() && !text.is_empty() {
            input.spoil();
        }
        cid
    }
}

/// The number of an enum's last variant.
pub(crate) const LAST: u64 = u64::MAX;

/// [`Wire`] for a struct, or for an enum whose variants have the numbers before them. The last variant, `_`, has
/// [`LAST`]: it is also what is read where no variant has the number.
macro_rules! wire {
    (struct $name:ty { $($field:ident),* }) => {
        impl Wire for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)*
            }

            fn read(input: &mut Input<'_>) -> Self {
                Self { $($field: Wire::read(input)),* }
            }
        }
    };
    (enum $name:ty {
        $($number:literal $variant:ident { $($field:ident),* })*
        _ $last:ident { $($end:ident),* }
    }) => {
        impl Wire for $name {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        u64::write(&$number, out);
                        $($field.write(out);)*
                    })*
                    Self::$last { $($end),* } => {
                        wire::LAST.write(out);
                        $($end.write(out);)*
                    }
                }
            }

            fn read(input: &mut Input<'_>) -> Self {
                match input.number() {
                    $($number => Self::$variant { $($field: Wire::read(input)),* },)*
                    number => {
                        if number != wire::LAST {
                            input.spoil();
                        }
                        Self::$last { $($end: Wire::read(input)),* }
                    }
                }
            }
        }
    };
}
pub(crate) use wire;
