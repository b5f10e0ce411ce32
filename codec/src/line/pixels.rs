//! [`Pixels`] keeps first, least, greatest and last of every pixel column.

/// Collects points in pixels, ordered by column, and reduces each column to at most four.
pub(super) struct Pixels {
    points: Vec<[f32; 2]>,
    pub(super) grain_px: f32,
    pub(super) column: i32,
    first: [f32; 2],
    last: [f32; 2],
    low: (u32, [f32; 2]),
    high: (u32, [f32; 2]),
    count: u32,
}

impl Pixels {
    /// `columns` pixel columns, `grain_px` pixels wide each.
    pub(super) fn new(columns: usize, grain_px: f32) -> Self {
        Self {
            points: Vec::with_capacity(columns.min(8192) * 4),
            grain_px: grain_px.max(0.1),
            column: i32::MIN,
            first: [0.0; 2],
            last: [0.0; 2],
            low: (0, [0.0; 2]),
            high: (0, [0.0; 2]),
            count: 0,
        }
    }

    /// Adds a point; it should not lie left of the one before.
    pub(super) fn push(&mut self, point: [f32; 2]) {
        let column = (point[0] / self.grain_px) as i32;
        if self.count == 0 || column != self.column {
            self.flush();
            self.column = column;
            self.first = point;
            self.low = (0, point);
            self.high = (0, point);
        } else {
            if point[1] < self.low.1[1] {
                self.low = (self.count, point);
            }
            if point[1] > self.high.1[1] {
                self.high = (self.count, point);
            }
        }
        self.last = point;
        self.count += 1;
    }

    /// The line ends here; what follows is another piece.
    pub(super) fn gap(&mut self) {
        self.flush();
        if self.points.last().is_some_and(|point| !point[0].is_nan()) {
            self.points.push([f32::NAN, f32::NAN]);
        }
    }

    fn flush(&mut self) {
        if self.count == 0 {
            return;
        }
        self.points.push(self.first);
        let (early, late) =
            if self.low.0 <= self.high.0 { (self.low, self.high) } else { (self.high, self.low) };
        let end = self.count - 1;
        for (index, point) in [early, late] {
            if index > 0 && index < end && self.points.last() != Some(&point) {
                self.points.push(point);
            }
        }
        if self.count > 1 {
            self.points.push(self.last);
        }
        self.count = 0;
    }

    /// All points.
    pub(super) fn finish(mut self) -> Vec<[f32; 2]> {
        self.flush();
        if self.points.last().is_some_and(|point| point[0].is_nan()) {
            self.points.pop();
        }
        self.points
    }
}
