//! Colour maps: nine stops interpolated in OKLab, colour-blind safe ([`ColorMap::Tide`], [`ColorMap::Dusk`]).
//!
//! OKLab: <https://bottosson.github.io/posts/oklab/>. Neighbouring stops of `tide` stay apart under simulated
//! protanopia, deuteranopia and tritanopia; lightness falls steadily, so that a grey print still reads.

/// Which colours a field is shown in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorMap {
    /// Sequential: light to dark.
    #[default]
    Tide,
    /// Diverging around the middle of the range.
    Dusk,
}

const TIDE: [u32; 9] =
    [0xf9f5da, 0xd7e3ba, 0xabd4a5, 0x77c09f, 0x45a69d, 0x178998, 0x046587, 0x0d4272, 0x171f56];
const DUSK: [u32; 9] =
    [0x772e02, 0x986036, 0xb4926e, 0xd3c3ab, 0xf6f3ec, 0xbecab4, 0x77a494, 0x2c7b88, 0x124a7b];

/// How many colours a table has. One less than 256, so that a palette has room for "missing".
pub const COLORS: usize = 255;

fn linear(channel: u8) -> f32 {
    let value = f32::from(channel) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn gamma(value: f32) -> u8 {
    let value = value.clamp(0.0, 1.0);
    let encoded = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
    // In 0..=255 by the clamp above.
    (encoded * 255.0).round() as u8
}

/// sRGB to OKLab.
fn to_oklab(rgb: [u8; 3]) -> [f32; 3] {
    let [r, g, b] = rgb.map(linear);
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

/// OKLab to sRGB, clipped to the gamut.
fn from_oklab(lab: [f32; 3]) -> [u8; 3] {
    let l = (lab[0] + 0.396_337_78 * lab[1] + 0.215_803_76 * lab[2]).powi(3);
    let m = (lab[0] - 0.105_561_346 * lab[1] - 0.063_854_17 * lab[2]).powi(3);
    let s = (lab[0] - 0.089_484_18 * lab[1] - 1.291_485_5 * lab[2]).powi(3);
    [
        gamma(4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s),
        gamma(-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s),
        gamma(-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s),
    ]
}

impl ColorMap {
    /// All colours from the smallest value to the largest.
    #[must_use]
    pub fn table(self) -> Vec<[u8; 3]> {
        let stops = match self {
            Self::Tide => TIDE,
            Self::Dusk => DUSK,
        };
        let rgb = |hex: u32| [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8];
        let labs = stops.map(|hex| to_oklab(rgb(hex)));
        (0..COLORS)
            .map(|index| {
                let place = index as f32 / (COLORS - 1) as f32 * 8.0;
                let low = (place as usize).min(7);
                let part = place - low as f32;
                let mixed: [f32; 3] =
                    std::array::from_fn(|at| labs[low][at] + (labs[low + 1][at] - labs[low][at]) * part);
                from_oklab(mixed)
            })
            .collect()
    }

    /// What the map is called in addresses and menus.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tide => "tide",
            Self::Dusk => "dusk",
        }
    }
}

#[cfg(test)]
mod tests;
