declare module 'argo-cd-js-yaml' {
  export { dump } from 'js-yaml';
}
