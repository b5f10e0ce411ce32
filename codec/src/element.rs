//! Elements: byte order, little-endian bytes to numbers, and the arithmetic of `delta` and
//! `fixedscaleoffset`.

/// Reverses the bytes of every element of `item_bytes` in place.
pub fn swap_bytes(bytes: &mut [u8], item_bytes: usize) {
    fn swap<const N: usize>(bytes: &mut [u8]) {
        for item in bytes.as_chunks_mut::<N>().0 {
            item.reverse();
        }
    }
    match item_bytes {
        0 | 1 => {}
        2 => swap::<2>(bytes),
        4 => swap::<4>(bytes),
        8 => swap::<8>(bytes),
        _ => bytes.chunks_exact_mut(item_bytes).for_each(<[u8]>::reverse),
    }
}

macro_rules! from_le_bytes {
    ($($name:ident $number:ty, $what:literal;)+) => {$(
        #[doc = concat!("Little-endian bytes as ", $what, "; an incomplete last element is left out.")]
        #[must_use]
        pub fn $name(bytes: &[u8]) -> Vec<$number> {
            #[inline(never)]
            fn append(out: &mut Vec<$number>, items: &[[u8; size_of::<$number>()]]) {
                out.extend(items.iter().map(|item| <$number>::from_le_bytes(*item)));
            }
            let items = bytes.as_chunks().0;
            let mut out = Vec::with_capacity(items.len());
            // Piece by piece, see `values::PIECE`.
            items.chunks(crate::values::PIECE).for_each(|items| append(&mut out, items));
            out
        }
    )+};
}

from_le_bytes! {
    i8s i8, "signed integers of 8 bits";
    i16s i16, "signed integers of 16 bits";
    i32s i32, "signed integers of 32 bits";
    i64s i64, "signed integers of 64 bits";
    u16s u16, "unsigned integers of 16 bits";
    u32s u32, "unsigned integers of 32 bits";
    u64s u64, "unsigned integers of 64 bits";
    f32s f32, "floats of 32 bits";
    f64s f64, "floats of 64 bits";
}

/// Little-endian floats of 16 bits, widened.
#[must_use]
pub fn f16s(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|item| f16(u16::from_le_bytes(*item))).collect()
}

/// IEEE 754 binary16 as a float of 32 bits, which holds every one of them.
#[must_use]
pub fn f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10 & 31);
    let fraction = u32::from(bits & 0x3ff);
    match exponent {
        0 => {
            // Subnormal: fraction × 2^-24, exact in 32 bits.
            let magnitude = fraction as f32 / 16_777_216.0;
            f32::from_bits(magnitude.to_bits() | sign)
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// What elements are that become doubles, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Real {
    /// A number.
    Number(Number),
    /// 0 or 1 in a byte.
    Bool,
    /// A signed integer of 64 bits whose smallest is no number.
    Steps,
    /// A float of 16 bits.
    F16,
}

/// Appends elements as doubles; integers beyond 2⁵³ are rounded. An incomplete last element is left out.
pub fn append_doubles(out: &mut Vec<f64>, bytes: &[u8], real: Real) {
    #[inline(always)]
    fn each<const N: usize>(out: &mut Vec<f64>, bytes: &[u8], double: impl Fn([u8; N]) -> f64) {
        out.extend(bytes.as_chunks::<N>().0.iter().map(|item| double(*item)));
    }
    // One call for each piece, see `values::PIECE`.
    #[inline(never)]
    fn piece(out: &mut Vec<f64>, bytes: &[u8], real: Real) {
        match real {
            Real::Bool => each(out, bytes, |[byte]| f64::from(u8::from(byte != 0))),
            Real::Number(Number::I8) => each(out, bytes, |item| i8::from_le_bytes(item).into()),
            Real::Number(Number::I16) => each(out, bytes, |item| i16::from_le_bytes(item).into()),
            Real::Number(Number::I32) => each(out, bytes, |item| i32::from_le_bytes(item).into()),
            Real::Number(Number::I64) => each(out, bytes, |item| i64::from_le_bytes(item) as f64),
            Real::Steps => each(out, bytes, |item| match i64::from_le_bytes(item) {
                i64::MIN => f64::NAN,
                steps => steps as f64,
            }),
            Real::Number(Number::U8) => each(out, bytes, |[byte]| byte.into()),
            Real::Number(Number::U16) => each(out, bytes, |item| u16::from_le_bytes(item).into()),
            Real::Number(Number::U32) => each(out, bytes, |item| u32::from_le_bytes(item).into()),
            Real::Number(Number::U64) => each(out, bytes, |item| u64::from_le_bytes(item) as f64),
            Real::F16 => each(out, bytes, |item| f16(u16::from_le_bytes(item)).into()),
            Real::Number(Number::F32) => each(out, bytes, |item| f32::from_le_bytes(item).into()),
            Real::Number(Number::F64) => each(out, bytes, f64::from_le_bytes),
        }
    }
    // A multiple of every element's size.
    bytes.chunks(crate::values::PIECE * 8).for_each(|bytes| piece(out, bytes, real));
}

/// A number type of `delta` and `fixedscaleoffset`, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Signed integer of 8 bits.
    I8,
    /// Signed integer of 16 bits.
    I16,
    /// Signed integer of 32 bits.
    I32,
    /// Signed integer of 64 bits.
    I64,
    /// Unsigned integer of 8 bits.
    U8,
    /// Unsigned integer of 16 bits.
    U16,
    /// Unsigned integer of 32 bits.
    U32,
    /// Unsigned integer of 64 bits.
    U64,
    /// Float of 32 bits.
    F32,
    /// Float of 64 bits.
    F64,
}

impl Number {
    /// Bytes of one.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether it is a float.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Elements as 64 bits, sign-extended; floats truncated towards zero.
    fn integers(self, bytes: &[u8]) -> Vec<i64> {
        match self {
            Self::I8 => i8s(bytes).into_iter().map(i64::from).collect(),
            Self::I16 => i16s(bytes).into_iter().map(i64::from).collect(),
            Self::I32 => i32s(bytes).into_iter().map(i64::from).collect(),
            Self::I64 | Self::U64 => i64s(bytes),
            Self::U8 => bytes.iter().map(|value| i64::from(*value)).collect(),
            Self::U16 => u16s(bytes).into_iter().map(i64::from).collect(),
            Self::U32 => u32s(bytes).into_iter().map(i64::from).collect(),
            Self::F32 => f32s(bytes).into_iter().map(|value| value as i64).collect(),
            Self::F64 => f64s(bytes).into_iter().map(|value| value as i64).collect(),
        }
    }

    /// Elements as floats.
    #[must_use]
    pub fn floats(self, bytes: &[u8]) -> Vec<f64> {
        let mut floats = Vec::with_capacity(bytes.len() / self.bytes());
        append_doubles(&mut floats, bytes, Real::Number(self));
        floats
    }

    fn write_integers(self, values: impl Iterator<Item = i64>) -> Vec<u8> {
        // Narrowing keeps the low bits, which is what numpy does.
        match self.bytes() {
            1 => values.map(|value| value as u8).collect(),
            2 => values.flat_map(|value| (value as u16).to_le_bytes()).collect(),
            4 => values.flat_map(|value| (value as u32).to_le_bytes()).collect(),
            _ => values.flat_map(i64::to_le_bytes).collect(),
        }
    }

    fn write_floats(self, values: impl Iterator<Item = f64>) -> Vec<u8> {
        match self {
            Self::F32 => values.flat_map(|value| (value as f32).to_le_bytes()).collect(),
            Self::F64 => values.flat_map(f64::to_le_bytes).collect(),
            Self::U64 => values.flat_map(|value| (value as u64).to_le_bytes()).collect(),
            _ => self.write_integers(values.map(|value| value as i64)),
        }
    }

    /// Elements of this type as elements of another.
    #[must_use]
    pub fn cast(self, bytes: &[u8], to: Self) -> Vec<u8> {
        if self == to {
            bytes.to_vec()
        } else if self.is_float() || to.is_float() {
            to.write_floats(self.floats(bytes).into_iter())
        } else {
            to.write_integers(self.integers(bytes).into_iter())
        }
    }
}

/// Undoes `delta`: running sums of `stored` elements as `decoded` ones.
#[must_use]
pub fn undo_delta(bytes: &[u8], stored: Number, decoded: Number) -> Vec<u8> {
    if decoded == Number::F32 {
        // numpy sums in the type of the result.
        let mut sum = 0f32;
        let values = stored.floats(bytes).into_iter().map(|value| value as f32);
        let sums = values.map(|value| {
            sum += value;
            f64::from(sum)
        });
        decoded.write_floats(sums)
    } else if decoded == Number::F64 {
        let mut sum = 0.0;
        let sums = stored.floats(bytes).into_iter().map(|value| {
            sum += value;
            sum
        });
        decoded.write_floats(sums)
    } else {
        let mut sum = 0i64;
        let sums = stored.integers(bytes).into_iter().map(|value| {
            sum = sum.wrapping_add(value);
            sum
        });
        decoded.write_integers(sums)
    }
}

/// Undoes `fixedscaleoffset`: `stored / scale + offset`.
#[must_use]
pub fn undo_scale_offset(bytes: &[u8], stored: Number, decoded: Number, scale: f64, offset: f64) -> Vec<u8> {
    if stored == Number::F32 {
        // numpy stays in 32 bits when both sides are.
        let values = f32s(bytes).into_iter().map(|value| value / scale as f32 + offset as f32);
        decoded.write_floats(values.map(f64::from))
    } else {
        decoded.write_floats(stored.floats(bytes).into_iter().map(|value| value / scale + offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for (bits, value) in [
            (0x0000u16, 0.0f32),
            (0x8000, -0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(f16(bits).to_bits(), value.to_bits(), "{bits:#06x}");
        }
        assert!(f16(0x7e00).is_nan());
    }

    #[test]
    fn deltas_wrap_like_numpy() {
        let stored = [250u8, 10, 0xff];
        assert_eq!(undo_delta(&stored, Number::U8, Number::U8), [250, 4, 3]);
        assert_eq!(undo_delta(&stored, Number::I8, Number::I16), [0xfa, 0xff, 4, 0, 3, 0]);
    }

    #[test]
    fn swapping_twice_changes_nothing() {
        for item_bytes in [1, 2, 3, 4, 8, 16] {
            let original: Vec<u8> = (0..48).collect();
            let mut bytes = original.clone();
            swap_bytes(&mut bytes, item_bytes);
            assert_eq!(bytes[0], item_bytes as u8 - 1);
            swap_bytes(&mut bytes, item_bytes);
            assert_eq!(bytes, original);
        }
    }
}
