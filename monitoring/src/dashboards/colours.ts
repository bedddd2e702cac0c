/** Okabe and Ito's palette: told apart with every common colour blindness, on light and on dark ground. */
export const colours = {
  blue: "#0072B2",
  sky: "#56B4E9",
  green: "#009E73",
  yellow: "#F0E442",
  orange: "#E69F00",
  vermilion: "#D55E00",
  purple: "#CC79A7",
  grey: "#999999",
} as const;

export type Colour = keyof typeof colours;
