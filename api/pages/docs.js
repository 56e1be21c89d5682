// Draws /openapi.json; without validatorUrl: null the page would ask validator.swagger.io about our address.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
