/** Vite puts imported style sheets into the built page. */
declare module "*.css";
