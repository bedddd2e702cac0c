/**
 * Stands alone as the first script of a page: keeps errors and rejections until the bundle takes them over.
 * Not needed where the bundle itself runs before all other scripts.
 */
const early: Event[] = [];
Object.assign(window, { __helloagentsEarly: early });
for (const type of ["error", "unhandledrejection"]) {
  window.addEventListener(type, (event) => {
    const list = (window as { __helloagentsEarly?: Event[] }).__helloagentsEarly;
    if (list && list.length < 50) list.push(event);
  });
}
